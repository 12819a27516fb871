/**
 * A text that is still being written, as it can be shown: signs whose meaning only the next characters
 * decide are left out, and emphasis, code and links that are open are closed.
 */

import { FORMULA } from "./formula.js";

const FENCE = /^\s*(`{3,}|~{3,})/; // in a list it is indented
/** Nothing but what may become a list, a heading, a quote, a rule, a fence, or underline a heading. */
const BARE_SIGN = /^\s*(?:[-=*_+ ]+|\d{1,9}[.)]?|#{1,6}|>+|`{1,2}|~{1,2})\s*$/;
const TABLE_LINE = /^ {0,3}\|/;
const DELIMITERS = /^[\s|:-]*$/;
/** What a line may begin with before its words come. */
const LINE_START = /^(?:\s|>|#{1,6}\s|[-*+]\s|\d{1,9}[.)]\s)*/;

/** @param {string} text from the start of a block */
export function presentable(text) {
  const lines = text.split("\n");
  if (isInCode(lines)) return /^ {0,3}(?:`+|~+)$/.test(lines.at(-1) ?? "") ? cut(lines, 1) : text;
  const undecided = undecidedLines(lines);
  if (undecided > 0) return cut(lines, undecided);
  if (lines.at(-1) === "") lines.pop(); // a line that has ended may go on in the next
  const begin = runStart(lines);
  return text.slice(0, begin) + closed(text.slice(begin));
}

/** @param {string[]} lines @param {number} count of lines to leave out at the end */
const cut = (lines, count) => lines.slice(0, -count).join("\n");

/** Whether a fence is open at the end. @param {string[]} lines */
function isInCode(lines) {
  let fence = "";
  for (const line of lines) {
    const [, sign] = FENCE.exec(line) ?? [];
    if (!sign) continue;
    if (!fence) fence = sign;
    else if (sign.startsWith(fence) && line.trim() === sign) fence = "";
  }
  return fence !== "";
}

/** How many of the last lines may still become something else than they look like. @param {string[]} lines */
function undecidedLines(lines) {
  const last = lines.at(-1) ?? "";
  const end = last === "" ? lines.length - 1 : lines.length;
  let rows = 0;
  while (rows < 3 && TABLE_LINE.test(lines[end - 1 - rows] ?? "")) rows += 1;
  if (rows === 1) return 1 + lines.length - end;
  if (last === "") return 0;
  if (rows === 2 && DELIMITERS.test(last)) return 2;
  return BARE_SIGN.test(last) || last.trim() === "|" ? 1 : 0;
}

/** Where the words begin in which a sign may be open. @param {string[]} lines */
function runStart(lines) {
  let first = lines.length - 1;
  const last = lines[first];
  if (TABLE_LINE.test(last)) {
    const cell = last.lastIndexOf("|");
    return lengthOf(lines.slice(0, first)) + cell + 1;
  }
  while (first > 0 && isGoneOn(lines[first])) first -= 1;
  const [start] = LINE_START.exec(lines[first]) ?? [""];
  return lengthOf(lines.slice(0, first)) + start.length;
}

/** Whether this line goes on with the words of the one before. @param {string} line */
const isGoneOn = (line) => line.trim() !== "" && /^(?!\s*(?:>|#|[-*+]\s|\d{1,9}[.)]\s))/.test(line);

/** @param {string[]} lines */
const lengthOf = (lines) => lines.reduce((length, line) => length + line.length + 1, 0);

/** @typedef {{sign: string, count: number}} Opener */

/** The words with everything closed that is open at their end. @param {string} run */
function closed(run) {
  /** @type {Opener[]} */
  const openers = [];
  let shown = "";
  let at = 0;
  while (at < run.length) {
    const [part, length] = next(run, at, openers);
    shown += part;
    at += length;
  }
  const closers = openers.reverse().map(({ sign, count }) => sign.repeat(count));
  return closers.length > 0 ? shown.trimEnd() + closers.join("") : shown;
}

/**
 * What is shown of the next characters, and how many they are.
 * @param {string} run @param {number} at @param {Opener[]} openers
 * @returns {[string, number]}
 */
function next(run, at, openers) {
  const rest = run.slice(at);
  const [formula] = FORMULA.exec(rest) ?? [];
  if (formula) return [formula, formula.length];
  if (rest[0] === "\\") return escaped(rest);
  if (rest[0] === "`") return code(rest);
  if (rest[0] === "[" || rest.startsWith("![")) return link(rest);
  const [signs] = /^(?:\*+|_+|~+)/.exec(rest) ?? [];
  if (signs) return [emphasis(signs, run[at - 1], rest[signs.length], openers), signs.length];
  const [words] = /^[^\\`[!*_~$]+/.exec(rest) ?? [rest[0]];
  return [words, words.length];
}

/** One sign, or a formula that goes on. @param {string} rest @returns {[string, number]} */
function escaped(rest) {
  const length = /^\\[([]/.test(rest) ? rest.length : 2;
  return [rest.slice(0, length), length];
}

/** @param {string} rest @returns {[string, number]} */
function code(rest) {
  const [signs] = /^`+/.exec(rest) ?? [""];
  const found = new RegExp(`^${signs}(?!\`)[^]*?[^\`]${signs}(?!\`)`).exec(rest);
  if (found) return [found[0], found[0].length];
  const inside = rest.slice(signs.length).replace(/`+$/, "");
  return [inside.trim() ? `${signs}${inside}${signs}` : "", rest.length];
}

/** @param {string} rest @returns {[string, number]} */
function link(rest) {
  const [whole] = /^!?\[[^\]\n]*\](?:\([^)\n]*\))/.exec(rest) ?? [];
  if (whole) return [whole, whole.length];
  const [half, name] = /^!?\[([^\]\n]*)(?:\](?:\([^)\n]*)?)?$/.exec(rest) ?? [];
  if (half) return [name, half.length];
  return [rest[0], 1];
}

/**
 * What is shown of signs of emphasis; they open or close it.
 * @param {string} signs
 * @param {string | undefined} before
 * @param {string | undefined} after undefined at the end, where nobody knows what they will be
 * @param {Opener[]} openers
 */
function emphasis(signs, before, after, openers) {
  if (after === undefined) return "";
  if (signs === "~") return signs; // about so many
  const sign = signs[0];
  let left = signs.length;
  if (before !== undefined && !/\s/.test(before)) {
    for (let top = openers.at(-1); top?.sign === sign && left > 0; top = openers.at(-1)) {
      const count = Math.min(left, top.count);
      left -= count;
      top.count -= count;
      if (top.count === 0) openers.pop();
    }
  }
  const isOpening = !/\s/.test(after) && (before === undefined || /[\s\p{P}]/u.test(before));
  if (left > 0 && isOpening) openers.push({ sign, count: left });
  return signs;
}
