/**
 * What of a growing answer is safe to send: no beginning of a stop string, no half of a character.
 *
 * A stop string may arrive in several tokens; a reader must never see its first half. Text that was
 * sent is also where another worker may have to go on, so it never ends inside a character.
 */

const REPLACEMENT = "\uFFFD"; // what a tokenizer shows for bytes that do not make a character yet

/**
 * How many characters of text, from its start, are safe to send.
 * @param {string} text the answer so far
 * @param {string[]} stops stop strings of the template and of the request
 */
export function safeLength(text, stops) {
  const whole = wholeCharacters(text).length;
  const longest = Math.max(0, ...stops.map((stop) => stop.length - 1));
  for (let held = Math.min(longest, whole); held > 0; held -= 1) {
    const ending = text.slice(whole - held, whole);
    if (stops.some((stop) => stop.startsWith(ending))) return whole - held;
  }
  return whole;
}

/**
 * The text without an unfinished character at its end.
 * @param {string} text
 */
export function wholeCharacters(text) {
  let end = text.length;
  while (end > 0 && text[end - 1] === REPLACEMENT) end -= 1;
  const last = text.charCodeAt(end - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? end - 1 : end);
}
