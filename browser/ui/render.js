/**
 * Markdown to safe elements; a growing text touches only what changed.
 *
 * Answers are strangers' words: HTML in them is shown as text, nothing is loaded from elsewhere, and
 * only what DOMPurify lets pass (as TrustedHTML) ever becomes an element. No text throws.
 */

import DOMPurify from "dompurify";
import { colour } from "./colours.js";
import { GrowingMarkdown } from "./growing.js";
import { morph, setText } from "./morph.js";
import { typeset } from "./typeset.js";

// Of a line; the elements around it are made here.
const TAGS = ["a", "br", "code", "del", "em", "strong", "var"];
const ATTRIBUTES = ["href", "rel", "target", "title"];
const RULES = {
  ALLOWED_TAGS: TAGS,
  ALLOWED_ATTR: ATTRIBUTES,
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  RETURN_TRUSTED_TYPE: true,
};

DOMPurify.addHook("afterSanitizeAttributes", (element) => {
  if (element.tagName !== "A") return;
  element.setAttribute("target", "_blank");
  element.setAttribute("rel", "noopener noreferrer nofollow");
});

/** @typedef {import("./markdown.js").Piece} Piece */
/** @typedef {{piece: Piece, element: HTMLElement, inside: Shown[]}} Shown a piece on the page */

export class MarkdownView {
  /** @type {Shown[]} */
  #shown = [];
  #markdown = new GrowingMarkdown();
  /** A text that could not be rendered; whatever it grows to is not tried again. */
  #plain = "";

  /** @param {HTMLElement} container its content belongs to this view from now on */
  constructor(container) {
    this.container = container;
  }

  /**
   * Shows the whole text; as it was written, if it cannot be rendered.
   * @param {string} text
   * @param {boolean} isWhole whether nothing more comes
   */
  show(text, isWhole) {
    if (!this.#plain || !text.startsWith(this.#plain)) {
      this.#plain = "";
      try {
        return update(this.container, this.#shown, this.#markdown.piecesOf(text, isWhole));
      } catch {
        this.#plain = text;
      }
    }
    update(this.container, this.#shown, [
      { tag: "div", attributes: { class: "plain", dir: "auto" }, text },
    ]);
  }
}

/** @param {HTMLElement} parent @param {Shown[]} shown what it has @param {Piece[]} pieces what it is to have */
function update(parent, shown, pieces) {
  for (const [index, piece] of pieces.entries()) {
    const old = shown[index];
    if (old && isSameShell(old.piece, piece)) {
      fill(old, piece);
      continue;
    }
    const element = document.createElement(piece.tag);
    for (const [name, value] of Object.entries(piece.attributes ?? {}))
      element.setAttribute(name, value);
    shown[index] = { piece: { tag: piece.tag }, element, inside: [] };
    fill(shown[index], piece);
    if (old) old.element.replaceWith(element);
    else parent.append(element);
  }
  for (const { element } of shown.splice(pieces.length)) element.remove();
}

/** @param {Piece} one @param {Piece} other */
const isSameShell = (one, other) =>
  one.tag === other.tag && JSON.stringify(one.attributes) === JSON.stringify(other.attributes);

/** @param {Shown} shown @param {Piece} piece */
function fill(shown, piece) {
  const { element, inside } = shown;
  const { pieces, text, html, language } = piece;
  const before = shown.piece;
  shown.piece = piece;
  if (pieces) update(element, inside, pieces);
  else if (text !== undefined) fillText(element, text);
  else if (html !== undefined && html !== before.html) fillLine(shown);
  if (language && (text !== before.text || language !== before.language)) paint(shown);
}

/** @param {Shown} shown code that is whole */
function paint({ piece, element }) {
  colour(element, piece.language ?? "", () => colour(element, piece.language ?? "", () => {}));
}

/** @param {Shown} shown a line, whose HTML is not yet safe */
function fillLine(shown) {
  const { element, piece } = shown;
  const { html = "" } = piece;
  if (!/[<&]/.test(html)) return fillText(element, html);
  const wanted = document.createElement("div");
  wanted.innerHTML = /** @type {string} */ (
    /** @type {unknown} */ (DOMPurify.sanitize(html, RULES))
  );
  typeset(wanted, () => fillLine(shown));
  morph(element, wanted);
}

/** @param {HTMLElement} element @param {string} text */
function fillText(element, text) {
  const [node, ...more] = element.childNodes;
  if (node instanceof Text && more.length === 0) setText(node, text);
  else element.textContent = text;
}
