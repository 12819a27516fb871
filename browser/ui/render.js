/**
 * Markdown to safe elements, block by block; a growing text touches only the blocks that changed.
 *
 * Answers are strangers' words: HTML in them is shown as text, nothing is loaded from elsewhere, and
 * only what DOMPurify lets pass (as TrustedHTML) ever becomes an element.
 */

import DOMPurify from "dompurify";
import { Marked } from "marked";

const TAGS = (
  "a blockquote br code del em h1 h2 h3 h4 h5 h6 hr li ol p pre strong table tbody td th thead tr ul"
).split(" ");
const ATTRIBUTES = ["align", "href", "rel", "start", "target", "title"];
const RULES = {
  ALLOWED_TAGS: TAGS,
  ALLOWED_ATTR: ATTRIBUTES,
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  RETURN_TRUSTED_TYPE: true,
};

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
/** @param {string} text */
const escape = (text) => text.replace(/[&<>"]/g, (sign) => ENTITIES[sign]);

const markdown = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    html: ({ text }) => escape(text),
    image: ({ text }) => escape(text),
    checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
  },
});

DOMPurify.addHook("afterSanitizeAttributes", (element) => {
  if (element.tagName !== "A") return;
  element.setAttribute("target", "_blank");
  element.setAttribute("rel", "noopener noreferrer nofollow");
});

export class MarkdownView {
  /** @type {{html: string, element: HTMLElement}[]} */
  #blocks = [];

  /** @param {HTMLElement} container its content belongs to this view from now on */
  constructor(container) {
    this.container = container;
  }

  /** Shows the whole text. @param {string} text */
  show(text) {
    const shown = blocksOf(text);
    const changed = this.#blocks.findIndex(({ html }, index) => html !== shown[index]);
    const from = changed < 0 ? this.#blocks.length : changed;
    for (const { element } of this.#blocks.splice(from)) element.remove();
    for (const html of shown.slice(from)) this.#append(html);
  }

  /** @param {string} html not yet safe */
  #append(html) {
    const element = document.createElement("div");
    element.innerHTML = /** @type {any} */ (DOMPurify.sanitize(html, RULES));
    this.container.append(element);
    this.#blocks.push({ html, element });
  }
}

/** The HTML of each block: a paragraph, a list, a table ... @param {string} text */
function blocksOf(text) {
  return markdown
    .lexer(text)
    .map((token) => markdown.parser([token]))
    .filter((html) => html !== "");
}
