/**
 * Stop strings in a growing text: what is shown ends before the first one.
 *
 * A stop string may arrive in several tokens, and a reader must never see its first half: what may
 * be the beginning of one is held back until that is decided.
 *
 * Python's twin obeys the same cases, tests/text/stops.json.
 */

import { wholeCharacters } from "./characters.js";

/**
 * How much of the text, from its start, is safe to send.
 * @param {string} text the answer so far
 * @param {string[]} stops stop strings of the template and of the request
 */
export function safeLength(text, stops) {
  const stop = stopIndex(text, stops);
  if (stop >= 0) return stop;
  const whole = wholeCharacters(text).length;
  const longest = Math.max(0, ...stops.map(({ length }) => length - 1));
  for (let held = Math.min(longest, whole); held > 0; held -= 1) {
    const ending = text.slice(whole - held, whole);
    if (stops.some((each) => each.startsWith(ending))) return whole - held;
  }
  return whole;
}

/**
 * Where the stop string begins that ends first; -1 when there is none.
 * @param {string} text
 * @param {string[]} stops
 */
export function stopIndex(text, stops) {
  let first = { begin: -1, end: Number.POSITIVE_INFINITY };
  for (const stop of stops.filter(Boolean)) {
    const begin = text.indexOf(stop);
    const end = begin + stop.length;
    const isFirst = end < first.end || (end === first.end && begin < first.begin);
    if (begin >= 0 && isFirst) first = { begin, end };
  }
  return first.begin;
}
