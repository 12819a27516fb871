/**
 * Markdown to pieces: what elements a text is to become, and in them HTML that is not yet safe. HTML in the
 * text becomes text, and so do images; links are left to whoever makes elements of it.
 *
 * @typedef {{tag: string, attributes?: Record<string, string>, pieces?: Piece[], html?: string, text?: string, language?: string}} Piece
 *   an element with its attributes, and one of: the pieces in it, a line's HTML, plain text; code that is
 *   whole has its language
 */

import { Marked } from "marked";
import { BEGINNING, FORMULA } from "./formula.js";
import { BoundedTokenizer } from "./tokenizer.js";

/** @type {Record<string, string>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
/** @param {string} text */
const asText = (text) => text.replace(/[&<>"]/g, (sign) => ENTITIES[sign]);
/** @param {string} text */
const asLines = (text) => asText(text).replaceAll("\n", "<br>");

const CLOSED_FENCE = /\n\s*(?:`{3,}|~{3,})\s*$/;
const HEADINGS_ABOVE = 2; // the page's, and that of the answer

const tokenizer = new BoundedTokenizer();
const markdown = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    html: ({ text }) => asLines(text),
    text(token) {
      return token.type === "escape" ? asLines(token.text) : false;
    },
    image: ({ text }) => asText(text),
    checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
  },
  extensions: [
    {
      name: "formula",
      level: "inline",
      start: (text) => BEGINNING.exec(text)?.index,
      tokenizer(text) {
        const [raw] = FORMULA.exec(text) ?? [];
        return raw === undefined ? undefined : { type: "formula", raw };
      },
      renderer: ({ raw }) => `<var>${asText(raw)}</var>`,
    },
  ],
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

/**
 * @param {Token[]} tokens
 * @param {Record<string, string>} attributes of lines; what is inside of something reads in its direction
 * @returns {Piece[]}
 */
export function piecesOf(tokens, attributes = { dir: "auto" }) {
  /** @type {Piece[]} */
  const pieces = [];
  /** @type {Token[]} */
  let line = [];
  const endLine = () => {
    if (line.length > 0) pieces.push({ tag: "div", attributes, html: markdown.parser(line) });
    line = [];
  };
  for (const token of tokens) {
    if (token.type === "text" || token.type === "checkbox") {
      line.push(token);
      continue;
    }
    endLine();
    const piece = pieceOf(token, attributes);
    if (piece) pieces.push(piece);
  }
  endLine();
  return pieces;
}

/** @param {Token} token a block @param {Record<string, string>} attributes @returns {Piece | undefined} */
function pieceOf(token, attributes) {
  switch (token.type) {
    case "paragraph":
      return { tag: "p", attributes, html: lineOf(token) };
    case "heading":
      return {
        tag: `h${Math.min(6, token.depth + HEADINGS_ABOVE)}`,
        attributes,
        html: lineOf(token),
      };
    case "html":
      return { tag: "p", attributes, html: asLines(token.text.trim()) };
    case "code":
      return codeOf(token);
    case "blockquote":
      return {
        tag: "blockquote",
        attributes: { dir: "auto" },
        pieces: piecesOf(token.tokens ?? [], {}),
      };
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

/** What may be wider than the page, to be scrolled by keyboard, too. @param {string} name */
const scroller = (name) => ({ tabindex: "0", role: "group", "aria-label": name });

/** @param {Token} code @returns {Piece} */
function codeOf({ raw, text, lang = "" }) {
  const [language] = lang.split(/\s/);
  const isWhole = CLOSED_FENCE.test(raw);
  return {
    tag: "div",
    attributes: { class: "code", dir: "ltr" },
    pieces: [
      { tag: "span", attributes: { class: "language" }, text: language },
      {
        tag: "pre",
        attributes: scroller("Code"),
        pieces: [{ tag: "code", text, ...(isWhole && language && { language }) }],
      },
      {
        tag: "button",
        attributes: { type: "button", class: "quiet copy-code", "aria-label": "Copy code" },
        text: "Copy",
      },
    ],
  };
}

/** @param {Token} list @returns {Piece} */
function listOf({ ordered, start, items }) {
  return {
    tag: ordered ? "ol" : "ul",
    ...(ordered && start !== 1 && { attributes: { start: String(start) } }),
    pieces: items.map((/** @type {Token} */ item) => ({
      tag: "li",
      attributes: { dir: "auto" },
      pieces: piecesOf(item.tokens ?? [], {}),
    })),
  };
}

/** @typedef {import("marked").Tokens.TableCell} Cell */

/** @param {Token} table @returns {Piece} */
function tableOf({ header, rows }) {
  /** @param {Cell[]} cells @returns {Piece} */
  const row = (cells) => ({ tag: "tr", pieces: cells.map(cellOf) });
  const head = { tag: "thead", pieces: [row(header)] };
  const body = { tag: "tbody", pieces: rows.map(row) };
  return {
    tag: "div",
    attributes: { class: "wide", ...scroller("Table") },
    pieces: [{ tag: "table", pieces: [head, body] }],
  };
}

/** @param {Cell} cell @returns {Piece} */
const cellOf = (cell) => ({
  tag: cell.header ? "th" : "td",
  attributes: { dir: "auto", ...(cell.align && { align: cell.align }) },
  html: lineOf(cell),
});
