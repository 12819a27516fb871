/**
 * Reads a Markdown text that grows: only its end is read again, for what lies before cannot change.
 */

import { blocksOf, piecesOf, tokensOf } from "./markdown.js";
import { presentable } from "./unfinished.js";

const OPEN_BLOCKS = 2; // the last one grows, and may still join the one before it

export class GrowingMarkdown {
  #settled = "";
  /** @type {import("./markdown.js").Piece[]} */
  #pieces = [];
  /** @type {import("./markdown.js").Links} */
  #links = {};

  /**
   * Throws if the text cannot be read.
   * @param {string} text
   * @param {boolean} isWhole whether nothing more comes; until then half a sign is not shown
   */
  piecesOf(text, isWhole) {
    if (isWhole) return blocksOf(text);
    if (!text.startsWith(this.#settled)) this.#settle("", [], {});
    const rest = text.slice(this.#settled.length);
    const links = { ...this.#links };
    const tokens = tokensOf(presentable(rest), links);
    const pieces = [...this.#pieces, ...piecesOf(tokens)];
    const settled = tokens.slice(0, endOfSettled(tokens));
    const read = settled.map(({ raw }) => raw).join("");
    if (read && rest.startsWith(read))
      this.#settle(this.#settled + read, [...this.#pieces, ...piecesOf(settled)], links);
    return pieces;
  }

  /**
   * @param {string} text
   * @param {import("./markdown.js").Piece[]} pieces
   * @param {import("./markdown.js").Links} links
   */
  #settle(text, pieces, links) {
    this.#settled = text;
    this.#pieces = pieces;
    this.#links = links;
  }
}

/** How many tokens lie before the open blocks. @param {import("marked").Token[]} tokens */
function endOfSettled(tokens) {
  let open = 0;
  let end = tokens.length;
  while (end > 0 && open < OPEN_BLOCKS) {
    end -= 1;
    if (tokens[end].type !== "space") open += 1;
  }
  return end;
}
