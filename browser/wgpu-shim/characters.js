/**
 * Whole characters of a growing text: what is sent is also where another worker may have to go on, so
 * it never ends inside a character, and it can always be encoded.
 *
 * Python's twin obeys the same cases, tests/text/characters.json.
 */

const REPLACEMENT = "\uFFFD"; // what a tokenizer shows for bytes that do not make a character yet

/**
 * The text so far without an unfinished character at its end; of lone halves only U+FFFD is left.
 * @param {string} text
 */
export function wholeCharacters(text) {
  const shown = withoutUnfinishedBytes(text);
  const last = shown.charCodeAt(shown.length - 1);
  const isCut = last >= 0xd800 && last <= 0xdbff;
  return (isCut ? shown.slice(0, -1) : shown).toWellFormed();
}

/**
 * The text once nothing follows: a half that never met its other half is U+FFFD.
 * @param {string} text
 */
export const finalCharacters = (text) => withoutUnfinishedBytes(text).toWellFormed();

/** @param {string} text */
function withoutUnfinishedBytes(text) {
  let end = text.length;
  while (end > 0 && text[end - 1] === REPLACEMENT) end -= 1;
  return text.slice(0, end);
}
