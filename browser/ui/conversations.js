/**
 * The list of kept conversations beside the chat: open, search, rename, delete.
 */

import * as api from "./api.js";
import { byId, make } from "./element.js";
import { ago } from "./words.js";

const SEARCH_PAUSE_MS = 250;

export class Conversations {
  /** @type {string | undefined} */
  #currentId;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #searching;

  /** @param {{onDeleted: (id: string) => void}} handlers */
  constructor({ onDeleted }) {
    this.panel = byId("conversations", HTMLElement);
    this.list = byId("conversation-list", HTMLUListElement);
    this.search = byId("search", HTMLInputElement);
    this.toggle = byId("show-conversations", HTMLButtonElement);
    this.onDeleted = onDeleted;
    this.toggle.addEventListener("click", () => this.#open(!this.#isOpen));
    document.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape" || !this.#isOpen) return;
      this.#open(false);
      this.toggle.focus();
    });
    this.list.addEventListener("click", ({ target }) => {
      if (target instanceof Element && target.closest("a")) this.#open(false);
    });
    this.search.addEventListener("input", () => {
      clearTimeout(this.#searching);
      this.#searching = setTimeout(() => this.#load(), SEARCH_PAUSE_MS);
    });
  }

  /** @param {string | undefined} currentId the conversation that is shown */
  async refresh(currentId) {
    this.#currentId = currentId;
    await this.#load();
  }

  get #isOpen() {
    return this.toggle.getAttribute("aria-expanded") === "true";
  }

  /** What is being typed in the list must not be drawn over. */
  get #isRenaming() {
    const focused = document.activeElement;
    return this.list.contains(focused) && focused instanceof HTMLInputElement;
  }

  /** On a phone the list lies over the chat. @param {boolean} isOpen */
  #open(isOpen) {
    this.toggle.setAttribute("aria-expanded", String(isOpen));
    this.panel.classList.toggle("open", isOpen);
  }

  async #load() {
    const words = this.search.value.trim();
    let found;
    try {
      found = await api.conversations(words);
    } catch {
      return; // the list as it was is the best there is
    }
    if (words !== this.search.value.trim() || this.#isRenaming) return;
    const isEmpty = found.length === 0 && !words;
    this.panel.hidden = this.toggle.hidden = isEmpty;
    if (isEmpty) this.#open(false);
    this.list.replaceChildren(...found.map((each) => this.#item(each)));
    if (found.length === 0) this.list.append(make("li", { class: "none", text: "Nothing found." }));
  }

  /** @param {api.ConversationSummary} conversation */
  #item({ id, title, updatedAt }) {
    const isCurrent = id === this.#currentId;
    const link = make("a", { href: `#${id}`, ...(isCurrent && { "aria-current": "true" }) });
    link.append(
      make("span", { class: "title", text: title }),
      make("small", { text: ago(updatedAt) }),
    );
    const item = make("li", {}, link);
    const rename = action("Rename conversation", "✎", () => this.#rename(item, id, title));
    const remove = action("Delete conversation", "✕", () => this.#delete(remove, id));
    remove.addEventListener("blur", () => disarm(remove));
    item.append(make("span", { class: "item-actions" }, rename, remove));
    return item;
  }

  /** @param {HTMLElement} item @param {string} id @param {string} title */
  #rename(item, id, title) {
    const field = make("input", { type: "text", "aria-label": "Title", maxlength: "200" });
    field.value = title;
    /** @param {boolean} isSaved */
    const leave = async (isSaved) => {
      field.blur();
      if (isSaved && field.value.trim() && field.value !== title) {
        await api.renameConversation(id, field.value.trim()).catch(() => {}); // the list shows what holds
      }
      await this.#load();
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Escape") leave(event.key === "Enter");
    });
    item.replaceChildren(field);
    field.select();
  }

  /** Asks once more, in place. @param {HTMLButtonElement} button @param {string} id */
  async #delete(button, id) {
    if (!button.classList.contains("armed")) {
      button.classList.add("armed");
      button.textContent = "Delete?";
      return;
    }
    try {
      await api.deleteConversation(id);
    } catch (error) {
      if (api.statusOf(error) !== 404) return disarm(button);
    }
    this.onDeleted(id);
    await this.#load();
  }
}

/** @param {string} name @param {string} sign @param {() => void} act */
const action = (name, sign, act) =>
  make("button", { type: "button", "aria-label": name, click: act }, sign);

/** @param {HTMLButtonElement} button */
function disarm(button) {
  button.classList.remove("armed");
  button.textContent = "✕";
}
