/**
 * Figures as people say them.
 */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** @param {number} count @param {string} noun singular; takes an s */
export const counted = (count, noun) => `${whole.format(count)} ${noun}${count === 1 ? "" : "s"}`;

/** @param {number} count */
export const figure = (count) => whole.format(count);

/** @param {number} megabytes */
export const sized = (megabytes) =>
  megabytes < 1000
    ? `${Math.max(1, Math.round(megabytes))} MB`
    : `${(megabytes / 1000).toFixed(1)} GB`;

/** A span of time, roughly. @param {number} ms */
export function lasting(ms) {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** How long ago, roughly. @param {string} moment an ISO date */
export function ago(moment) {
  const minutes = Math.round((Date.now() - Date.parse(moment)) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.round(minutes / 60)} h ago`;
  return new Date(moment).toLocaleDateString(undefined, { day: "numeric", month: "short" });
}
