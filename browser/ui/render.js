/**
 * Markdown to safe elements, block by block; a growing text touches only the blocks that changed.
 *
 * Answers are strangers' words: HTML in them is shown as text, nothing is loaded from elsewhere, and
 * only what DOMPurify lets pass (as TrustedHTML) ever becomes an element. No text throws.
 */

import DOMPurify from "dompurify";
import { make } from "./element.js";
import { blocksOf } from "./markdown.js";

const TAGS =
  "a blockquote br code del em h1 h2 h3 h4 h5 h6 hr li ol p pre strong table tbody td th thead tr ul".split(
    " ",
  );
const ATTRIBUTES = ["align", "href", "rel", "start", "target", "title"];
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

export class MarkdownView {
  /** @type {{html: string, element: HTMLElement}[]} */
  #blocks = [];
  /** A text that could not be rendered; whatever it grows to is not tried again. */
  #plain = "";

  /** @param {HTMLElement} container its content belongs to this view from now on */
  constructor(container) {
    this.container = container;
  }

  /** Shows the whole text; as it was written, if it cannot be rendered. @param {string} text */
  show(text) {
    if (!this.#plain || !text.startsWith(this.#plain)) {
      this.#plain = "";
      try {
        return this.#update(blocksOf(text));
      } catch {
        this.#plain = text;
      }
    }
    const element = make("div", { class: "plain", text });
    this.container.replaceChildren(element);
    this.#blocks = [{ html: "", element }]; // what no block ever is, so that it is replaced
  }

  /** @param {string[]} shown */
  #update(shown) {
    const changed = this.#blocks.findIndex(({ html }, index) => html !== shown[index]);
    const from = changed < 0 ? this.#blocks.length : changed;
    for (const { element } of this.#blocks.splice(from)) element.remove();
    for (const html of shown.slice(from)) this.#append(html);
  }

  /** @param {string} html not yet safe */
  #append(html) {
    const element = document.createElement("div");
    element.innerHTML = /** @type {string} */ (
      /** @type {unknown} */ (DOMPurify.sanitize(html, RULES))
    );
    this.container.append(element);
    this.#blocks.push({ html, element });
  }
}
