/**
 * Where a person writes: Enter sends, Shift+Enter breaks the line, Escape stops.
 */

import { byId } from "./element.js";

const TIER_KEY = "ashao.tier";

export class Composer {
  /** @param {{onSend: (content: string) => void, onStop: () => void}} handlers */
  constructor({ onSend, onStop }) {
    this.form = byId("composer", HTMLFormElement);
    this.message = byId("message", HTMLTextAreaElement);
    this.send = byId("send", HTMLButtonElement);
    this.stop = byId("stop", HTMLButtonElement);
    this.onSend = onSend;
    this.onStop = onStop;
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.message.addEventListener("input", () => this.#fit());
    this.message.addEventListener("keydown", (event) => this.#key(event));
    this.stop.addEventListener("click", onStop);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.isBusy) onStop();
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

  /** A message that cannot be sent now goes back to its writer. @param {string} content */
  restoreDraft(content) {
    this.message.value = [content, this.message.value].filter(Boolean).join("\n");
    this.#fit();
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault();
    const content = this.message.value.trim();
    if (this.isBusy || !content) return;
    this.message.value = "";
    this.#fit();
    this.onSend(content);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.form.requestSubmit();
  }

  #fit() {
    this.message.style.height = "auto";
    this.message.style.height = `${this.message.scrollHeight}px`;
    this.send.disabled = !this.message.value.trim();
  }

  #rememberTier() {
    const stored = localStorage.getItem(TIER_KEY);
    if (stored) this.#tier.value = stored;
    this.form.addEventListener("change", () => localStorage.setItem(TIER_KEY, this.tier));
  }
}
