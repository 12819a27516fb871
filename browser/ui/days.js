/** Which part of the list a moment belongs to: today, yesterday, or the month. */

const DAY_MS = 24 * 60 * 60 * 1000;
const WEEK_DAYS = 7;

/**
 * @param {string} moment an ISO date
 * @param {Date} now
 */
export function partOf(moment, now = new Date()) {
  const then = new Date(moment);
  const days = Math.round((midnight(now) - midnight(then)) / DAY_MS); // a day may have 23 or 25 hours
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days < WEEK_DAYS) return "The last seven days";
  return then.toLocaleDateString(undefined, { month: "long", year: "numeric" });
}

/** @param {Date} moment */
const midnight = (moment) =>
  new Date(moment.getFullYear(), moment.getMonth(), moment.getDate()).getTime();
