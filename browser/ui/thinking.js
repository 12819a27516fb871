/**
 * What a model thinks before its answer: folded, and no part of the answer.
 */

import { make } from "./element.js";
import { MarkdownView } from "./render.js";

const THINKING = "Thinking …";

export class Thinking {
  text = "";
  #isOver = true;
  #isCut = false;
  #beganMs = 0;
  #lastedMs = 0;
  #frame = 0;

  constructor() {
    this.label = make("summary");
    this.body = make("div", { class: "thoughts" });
    this.element = make("details", { class: "thinking", hidden: true }, this.label, this.body);
    this.view = new MarkdownView(this.body);
    this.element.addEventListener("toggle", () => this.#show());
  }

  /** Starts from nothing. */
  clear() {
    this.text = "";
    this.#isOver = true;
    this.#isCut = false;
    this.#lastedMs = 0;
    this.element.hidden = true;
    this.element.open = false;
    this.#show();
  }

  /** @param {string} value */
  append(value) {
    if (this.#isOver) this.#begin();
    if (this.#isCut && this.text) this.text += "\n\n";
    this.#isCut = false;
    this.text += value;
    this.#frame ||= requestAnimationFrame(() => this.#show());
  }

  /** The machine is gone: whatever comes is another one's thought. */
  cut() {
    this.#isCut = true;
  }

  /** The answer begins, or all has ended. */
  end() {
    if (this.#isOver) return;
    this.#isOver = this.#isCut = true;
    this.#lastedMs += performance.now() - this.#beganMs;
    const seconds = Math.floor(this.#lastedMs / 1000);
    // Thoughts that are read again come all at once, which says nothing of how long they took.
    this.label.textContent = seconds > 0 ? `Thought for ${seconds} s` : "Thought";
    this.#show();
  }

  #begin() {
    this.#isOver = false;
    this.#beganMs = performance.now();
    this.label.textContent = THINKING;
    this.element.hidden = false;
  }

  /** Folded thoughts are not rendered: nobody sees them, and there may be many. */
  #show() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.view.show(this.element.open ? this.text : "");
    this.element.dispatchEvent(new Event("grown", { bubbles: true }));
  }
}
