/**
 * Where a person writes: Enter sends, Shift+Enter breaks the line, Escape stops. What is not sent yet is
 * kept for each conversation.
 */

import { Attachments } from "./attachments.js";
import { byId } from "./element.js";
import * as storage from "./storage.js";
import { figure } from "./words.js";

const TIER_KEY = "ashao.tier";
const MAX_CHARACTERS = 32_000; // the server takes no more

/** @param {string} conversationId */
const draftKey = (conversationId) => `ashao.draft.${conversationId}`;

export class Composer {
  /** Whose draft it is; empty for a conversation that has not begun. */
  #conversationId = "";

  /** @param {{onSend: (content: string) => void, onStop: () => void}} handlers */
  constructor({ onSend, onStop }) {
    this.form = byId("composer", HTMLFormElement);
    this.message = byId("message", HTMLTextAreaElement);
    this.tooLong = byId("too-long", HTMLElement);
    this.send = byId("send", HTMLButtonElement);
    this.stop = byId("stop", HTMLButtonElement);
    this.onSend = onSend;
    this.onStop = onStop;
    this.attachments = new Attachments(() => this.#fit());
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.message.addEventListener("input", () => this.#changed());
    this.message.addEventListener("keydown", (event) => this.#key(event));
    this.stop.addEventListener("click", onStop);
    document.addEventListener("keydown", ({ key, target }) => {
      const isBeside = target instanceof Element && target.closest("aside"); // it has its own meaning there
      if (key === "Escape" && this.isBusy && !isBeside) onStop();
    });
    this.#rememberTier();
    this.busy(false);
  }

  get isBusy() {
    return !this.stop.hidden;
  }

  /** @returns {import("./api.js").Tier} */
  get tier() {
    const chosen = this.#tier.value;
    return chosen === "pro" || chosen === "max" ? chosen : "auto";
  }

  get #tier() {
    return /** @type {RadioNodeList} */ (this.form.elements.namedItem("tier"));
  }

  /** While an answer is being written it can be stopped, and the next message drafted. @param {boolean} isBusy */
  busy(isBusy) {
    const hadFocus = [this.send, this.stop].some((button) => button === document.activeElement);
    this.send.hidden = isBusy;
    this.stop.hidden = !isBusy;
    if (hadFocus) this.message.focus();
    this.#fit();
  }

  /** Shows what was drafted for a conversation. @param {string} conversationId empty for a new one */
  moveTo(conversationId) {
    this.#conversationId = conversationId;
    this.message.value = storage.tab.get(draftKey(conversationId));
    this.#fit();
  }

  /** The conversation has begun: what was drafted goes along. @param {string} conversationId */
  named(conversationId) {
    storage.tab.set(draftKey(this.#conversationId), "");
    this.#conversationId = conversationId;
    this.#changed();
  }

  /** Takes a message up again, to be changed. @param {string} content */
  draft(content) {
    this.restoreDraft(content);
    this.message.focus();
  }

  /** A message that cannot be sent now goes back to its writer. @param {string} content */
  restoreDraft(content) {
    this.message.value = [content, this.message.value].filter(Boolean).join("\n");
    this.#changed();
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault();
    const content = this.#content;
    if (this.isBusy || !content || excess(content) > 0) return;
    this.message.value = "";
    this.attachments.clear();
    this.#changed();
    this.onSend(content);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // 229 is a key that an input method takes for itself, also where the composition has just ended.
    const isComposing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || isComposing) return;
    event.preventDefault();
    this.form.requestSubmit();
  }

  #changed() {
    storage.tab.set(draftKey(this.#conversationId), this.message.value);
    this.#fit();
  }

  /** What is written, and after it what is attached. */
  get #content() {
    return [this.message.value.trim(), this.attachments.text].filter(Boolean).join("\n\n");
  }

  #fit() {
    this.message.style.height = "auto";
    this.message.style.height = `${this.message.scrollHeight}px`;
    const content = this.#content;
    const over = excess(content);
    this.send.disabled = !content || over > 0;
    this.tooLong.textContent =
      over > 0
        ? `Too long by ${figure(over)} characters: ${figure(MAX_CHARACTERS)} can be sent.`
        : "";
    this.message.setAttribute("aria-invalid", String(over > 0));
  }

  #rememberTier() {
    const stored = storage.browser.get(TIER_KEY);
    if (stored) this.#tier.value = stored;
    this.form.addEventListener("change", () => storage.browser.set(TIER_KEY, this.tier));
  }
}

/** How many characters are too many. @param {string} content */
const excess = (content) =>
  content.length <= MAX_CHARACTERS ? 0 : [...content].length - MAX_CHARACTERS;
