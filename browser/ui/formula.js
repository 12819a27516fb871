/** Where formulas are in Markdown: between TeX's own signs, or between dollars as Pandoc reads them. */

const SIGNS = String.raw`\\\((?:(?!\n\s*\n).)*?\\\)|\\\[(?:(?!\n\s*\n).)*?\\\]`;
/** Prices are none: inside of two dollars no space may follow the first, nor a number the second. */
const DOLLARS = String.raw`\$\$(?=[^$])(?:(?!\n\s*\n)[^$])+\$\$|\$(?![\s$])(?:\\.|[^$\n\\])*?(?<!\s)\$(?!\d)`;

/** A whole formula. */
export const FORMULA = new RegExp(`^(?:${SIGNS}|${DOLLARS})`, "s");
/** One that begins a line; its own lines may look like a list's. */
export const FORMULA_LINES =
  /^ {0,3}(?:\\\[(?:(?!\n\s*\n).)*?\\\]|\$\$(?:(?!\n\s*\n)[^$])+\$\$)[^\n]*(?:\n|$)/s;
/** What a formula may begin with. */
export const BEGINNING = /\$|\\[([]/;

/** The TeX in a formula, and whether it has a line of its own. @param {string} formula */
export function texOf(formula) {
  const length = formula.startsWith("$") && !formula.startsWith("$$") ? 1 : 2;
  const isDisplay = /^(?:\\\[|\$\$)/.test(formula);
  return { tex: formula.slice(length, -length), isDisplay };
}
