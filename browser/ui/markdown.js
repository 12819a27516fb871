/**
 * Markdown to HTML, block by block. HTML in the text becomes text, and so do images; links are left to
 * whoever makes elements of it.
 */

import { Marked, Tokenizer } from "marked";

/** @type {Record<string, string>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
/** @param {string} text */
const asText = (text) => text.replace(/[&<>"]/g, (sign) => ENTITIES[sign]);

const MAX_DEPTH = 10; // no writer means more, and neither a parser's stack nor a page is endless
const MAX_READ = 2_000_000; // characters: marked reads a staircase of quotes twice as often with each step

/** Quotes, lists, emphasis and links only so deep in each other; what is deeper keeps its signs as text. */
class ShallowTokenizer extends Tokenizer {
  #depth = 0;
  #read = 0;

  /** Before each text. */
  begin() {
    this.#depth = this.#read = 0;
  }

  /** @override @param {string} src */
  blockquote(src) {
    return this.#nested(() => super.blockquote(src));
  }

  /** @override @param {string} src */
  list(src) {
    return this.#nested(() => super.list(src));
  }

  /** @override @param {Parameters<Tokenizer["emStrong"]>} rest */
  emStrong(...rest) {
    return this.#nested(() => super.emStrong(...rest));
  }

  /** @override @param {Parameters<Tokenizer["del"]>} rest */
  del(...rest) {
    return this.#nested(() => super.del(...rest));
  }

  /** @override @param {string} src */
  link(src) {
    return this.#nested(() => super.link(src));
  }

  /** @override @param {Parameters<Tokenizer["reflink"]>} rest */
  reflink(...rest) {
    return this.#nested(() => super.reflink(...rest));
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

const tokenizer = new ShallowTokenizer();
const markdown = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    html: ({ text }) => asText(text),
    image: ({ text }) => asText(text),
    checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
  },
}).setOptions({ tokenizer });

/**
 * The HTML of each block: a paragraph, a list, a table ... Throws if the text cannot be
 * read.
 * @param {string} text
 */
export function blocksOf(text) {
  tokenizer.begin();
  return markdown
    .lexer(text)
    .map((token) => markdown.parser([token]))
    .filter((html) => html !== "");
}
