/**
 * Reads Markdown's signs, in bounds: no writer means more, and neither a parser's time nor its stack nor a
 * page is endless.
 */

import { Tokenizer } from "marked";
import { FORMULA_LINES } from "./formula.js";

const MAX_DEPTH = 10;
const MAX_READ = 2_000_000; // characters: marked reads a staircase of quotes twice as often with each step
const MAX_SEARCHED = 4_000_000; // characters: each sign that is never closed is looked for to the end

/** Quotes, lists, emphasis and links only so deep in each other; what is deeper keeps its signs as text. */
export class BoundedTokenizer extends Tokenizer {
  #depth = 0;
  #read = 0;
  #searched = 0;

  /** Before each text. */
  begin() {
    this.#depth = this.#read = this.#searched = 0;
  }

  /** @override @param {string} src */
  blockquote(src) {
    return this.#nested(() => super.blockquote(src));
  }

  /** @override @param {string} src */
  list(src) {
    return this.#nested(() => super.list(src));
  }

  /** The sign of a formula that is not closed keeps its backslash. @override @param {string} src */
  escape(src) {
    if (!/^\\[()[\]]/.test(src)) return super.escape(src);
    const raw = src.slice(0, 2);
    return { type: /** @type {"escape"} */ ("escape"), raw, text: raw };
  }

  /** A formula that begins a line may have lines that look like a list's. @override @param {string} src */
  paragraph(src) {
    const [raw] = FORMULA_LINES.exec(src) ?? [];
    if (raw === undefined) return super.paragraph(src);
    const text = raw.trim();
    return {
      type: /** @type {"paragraph"} */ ("paragraph"),
      raw,
      text,
      tokens: this.lexer.inline(text),
    };
  }

  /** @override @param {Parameters<Tokenizer["emStrong"]>} rest */
  emStrong(...rest) {
    return this.#searching(rest[0], () => super.emStrong(...rest));
  }

  /** @override @param {Parameters<Tokenizer["del"]>} rest */
  del(...rest) {
    return this.#searching(rest[0], () => super.del(...rest));
  }

  /** @override @param {string} src */
  link(src) {
    return this.#searching(src, () => super.link(src));
  }

  /** @override @param {Parameters<Tokenizer["reflink"]>} rest */
  reflink(...rest) {
    return this.#searching(rest[0], () => super.reflink(...rest));
  }

  /**
   * Looks for the sign that closes; once that took too long, every further sign is text.
   * @template {{raw: string}} Found
   * @param {string} src
   * @param {() => Found | undefined} find
   */
  #searching(src, find) {
    if (!SIGNS.has(src[0])) return undefined;
    this.#searched += src.length;
    return this.#searched > MAX_SEARCHED ? undefined : this.#nested(find);
  }

  /**
   * @template {{raw: string}} Found
   * @param {() => Found | undefined} find reads what is inside, too
   */
  #nested(find) {
    if (this.#depth === MAX_DEPTH) return undefined;
    this.#depth += 1;
    const found = find();
    this.#depth -= 1;
    this.#read += found?.raw.length ?? 0;
    if (this.#read > MAX_READ) throw new RangeError("this Markdown takes too long to read");
    return found;
  }
}

/** What emphasis, deletions, links and images begin with. */
const SIGNS = new Set(["*", "_", "~", "[", "!"]);
