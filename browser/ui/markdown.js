/**
 * Markdown to pieces: what elements a text is to become, and in them HTML that is not yet safe. HTML in the
 * text becomes text, and so do images; links are left to whoever makes elements of it.
 *
 * @typedef {{tag: string, attributes?: Record<string, string>, pieces?: Piece[], html?: string, text?: string}} Piece
 *   an element with its attributes, and one of: the pieces in it, a line's HTML, plain text
 */

import { Marked } from "marked";
import { BoundedTokenizer } from "./tokenizer.js";

/** @type {Record<string, string>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
/** @param {string} text */
const asText = (text) => text.replace(/[&<>"]/g, (sign) => ENTITIES[sign]);

const tokenizer = new BoundedTokenizer();
const markdown = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    html: ({ text }) => asText(text),
    image: ({ text }) => asText(text),
    checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
  },
}).setOptions({ tokenizer });

/** @typedef {import("marked").TokensList["links"]} Links by their names */
/** @typedef {import("marked").Token & {[name: string]: any}} Token */

/**
 * The tokens of each block: a paragraph, a list, a table ... Throws if the text cannot be read.
 * @param {string} text
 * @param {Links} [links] defined earlier; those of this text are added
 * @returns {Token[]}
 */
export function tokensOf(text, links = {}) {
  tokenizer.begin();
  const lexer = new markdown.Lexer(markdown.defaults);
  lexer.tokens.links = links;
  return lexer.lex(text);
}

/** The pieces of a whole text. Throws if it cannot be read. @param {string} text */
export const blocksOf = (text) => piecesOf(tokensOf(text));

/** @param {Token[]} tokens @returns {Piece[]} */
export function piecesOf(tokens) {
  /** @type {Piece[]} */
  const pieces = [];
  /** @type {Token[]} */
  let line = [];
  const endLine = () => {
    if (line.length > 0) pieces.push({ tag: "div", html: markdown.parser(line) });
    line = [];
  };
  for (const token of tokens) {
    if (token.type === "text" || token.type === "checkbox") {
      line.push(token);
      continue;
    }
    endLine();
    const piece = pieceOf(token);
    if (piece) pieces.push(piece);
  }
  endLine();
  return pieces;
}

/** @param {Token} token a block @returns {Piece | undefined} */
function pieceOf(token) {
  switch (token.type) {
    case "paragraph":
      return { tag: "p", html: lineOf(token) };
    case "heading":
      return { tag: `h${token.depth}`, html: lineOf(token) };
    case "html":
      return { tag: "p", html: asText(token.text.trim()).replaceAll("\n", "<br>") };
    case "code":
      return { tag: "pre", pieces: [{ tag: "code", text: token.text }] };
    case "blockquote":
      return { tag: "blockquote", pieces: piecesOf(token.tokens ?? []) };
    case "list":
      return listOf(token);
    case "table":
      return tableOf(token);
    case "hr":
      return { tag: "hr" };
    default:
      return undefined; // blank lines, and where links lead
  }
}

/** @param {{tokens?: import("marked").Token[]}} token */
const lineOf = ({ tokens }) => markdown.Parser.parseInline(tokens ?? [], markdown.defaults);

/** @param {Token} list @returns {Piece} */
function listOf({ ordered, start, items }) {
  return {
    tag: ordered ? "ol" : "ul",
    ...(ordered && start !== 1 && { attributes: { start: String(start) } }),
    pieces: items.map((/** @type {Token} */ item) => ({
      tag: "li",
      pieces: piecesOf(item.tokens ?? []),
    })),
  };
}

/** @typedef {import("marked").Tokens.TableCell} Cell */

/** @param {Token} table @returns {Piece} */
function tableOf({ header, rows }) {
  /** @param {Cell[]} cells @returns {Piece} */
  const row = (cells) => ({ tag: "tr", pieces: cells.map(cellOf) });
  return {
    tag: "table",
    pieces: [
      { tag: "thead", pieces: [row(header)] },
      { tag: "tbody", pieces: rows.map(row) },
    ],
  };
}

/** @param {Cell} cell @returns {Piece} */
const cellOf = (cell) => ({
  tag: cell.header ? "th" : "td",
  ...(cell.align && { attributes: { align: cell.align } }),
  html: lineOf(cell),
});
