/**
 * The list of kept conversations beside the chat: open, search, rename, delete and undo.
 */

import * as api from "./api.js";
import { partOf } from "./days.js";
import { Deletions } from "./deletions.js";
import { byId, make } from "./element.js";
import { asMarkdown, fileName, saveFile } from "./save_file.js";
import { ago } from "./words.js";

const SEARCH_PAUSE_MS = 250;

export class Conversations {
  /** @type {string | undefined} */
  #currentId;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #searching;
  /** Left when it was deleted; Undo leads back to it. @type {string | undefined} */
  #shownBefore;
  #deletions = new Deletions((id) => this.#delete(id));

  /** @param {{onChanged: (id: string) => void, onDeleted: (id: string) => void}} handlers onDeleted: perhaps not for good */
  constructor({ onChanged, onDeleted }) {
    this.panel = byId("conversations", HTMLElement);
    this.list = byId("conversation-list", HTMLUListElement);
    this.search = byId("search", HTMLInputElement);
    this.toggle = byId("show-conversations", HTMLButtonElement);
    this.onChanged = onChanged;
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
    this.panel.addEventListener("keydown", (event) => this.#walk(event));
    this.#closeOutside();
    this.search.addEventListener("input", () => {
      clearTimeout(this.#searching);
      this.#searching = setTimeout(() => this.#load(), SEARCH_PAUSE_MS);
    });
    this.search.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape" || !this.search.value) return;
      this.search.value = ""; // some browsers do it themselves
      this.search.dispatchEvent(new Event("input"));
    });
  }

  /** @param {string | undefined} currentId the conversation that is shown */
  async refresh(currentId) {
    this.#currentId = currentId;
    await this.#load();
  }

  /** Up and down lead from one conversation to the next. @param {KeyboardEvent} event */
  #walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || this.#isRenaming) return;
    const links = [...this.list.querySelectorAll("a")];
    const item = event.target instanceof Element ? event.target.closest("li") : null;
    const at = links.findIndex((link) => item?.contains(link));
    const next = links[at + step];
    event.preventDefault();
    if (next) next.focus();
    else if (step < 0) this.search.focus();
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

  /** It lies over what is looked at elsewhere. */
  #closeOutside() {
    /** @param {EventTarget | null} target */
    const isOutside = (target) =>
      target instanceof Node && !this.panel.contains(target) && !this.toggle.contains(target);
    document.addEventListener("pointerdown", ({ target }) => {
      if (isOutside(target)) this.#open(false);
    });
    document.addEventListener("focusin", ({ target }) => {
      if (isOutside(target)) this.#open(false);
    });
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
    const items = found.flatMap((each, index) => {
      const part = partOf(each.updatedAt);
      const item = this.#deletions.has(each.id) ? this.#deleted(each) : this.#item(each);
      if (index > 0 && part === partOf(found[index - 1].updatedAt)) return [item];
      return [make("li", { class: "part" }, make("h2", { text: part })), item];
    });
    if (items.length === 0) items.push(make("li", { class: "none", text: "Nothing found." }));
    this.#draw(items);
  }

  /** What had the focus has it again. @param {HTMLElement[]} items */
  #draw(items) {
    const focused = document.activeElement;
    const key = this.list.contains(focused) ? focused?.getAttribute("data-key") : null;
    this.list.replaceChildren(...items);
    if (key) this.#focus(key);
  }

  /** @param {string} key */
  #focus(key) {
    const found = this.list.querySelector(`[data-key="${key}"]`);
    if (found instanceof HTMLElement) found.focus();
  }

  /** @param {api.ConversationSummary} conversation */
  #item({ id, title, updatedAt }) {
    const isCurrent = id === this.#currentId;
    const link = make("a", { href: `#${id}`, ...(isCurrent && { "aria-current": "true" }) });
    link.dataset.key = `open-${id}`;
    link.append(
      make("span", { class: "title", text: title }),
      make("small", { text: ago(updatedAt) }),
    );
    const item = make("li", {}, link);
    const rename = action("Rename conversation", "✎", () => this.#rename(item, id, title));
    rename.dataset.key = `rename-${id}`;
    const save = action("Save conversation as a file", "↓", () => this.#save(id));
    save.dataset.key = `save-${id}`;
    const remove = action("Delete conversation", "✕", () => this.#askToDelete(id));
    item.append(make("span", { class: "item-actions" }, rename, save, remove));
    return item;
  }

  /** @param {string} id */
  async #save(id) {
    const conversation = await api.conversation(id).catch(() => undefined); // the list shows what holds
    if (conversation) saveFile(fileName(conversation.title), asMarkdown(conversation));
  }

  /** One that can still be had back. @param {api.ConversationSummary} conversation */
  #deleted({ id, title }) {
    const undo = action(`Undo: keep ${title}`, "Undo", () => this.#undo(id));
    undo.dataset.key = `undo-${id}`;
    undo.className = "quiet";
    return make("li", { class: "none" }, "Deleted. ", undo);
  }

  /** @param {HTMLElement} item @param {string} id @param {string} title */
  #rename(item, id, title) {
    const field = make("input", { type: "text", "aria-label": "Title", maxlength: "200" });
    field.value = title;
    let isLeft = false;
    /** @param {boolean} isSaved */
    const leave = async (isSaved) => {
      if (isLeft) return;
      isLeft = true;
      const hadFocus = document.activeElement === field;
      field.remove();
      if (isSaved && field.value.trim() && field.value !== title) {
        await api.renameConversation(id, field.value.trim()).catch(() => {}); // the list shows what holds
        this.onChanged(id);
      }
      await this.#load();
      if (hadFocus) this.#focus(`rename-${id}`);
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Escape") leave(event.key === "Enter");
    });
    field.addEventListener("blur", () => leave(true));
    item.replaceChildren(field);
    field.select();
  }

  /** @param {string} id */
  async #askToDelete(id) {
    this.#deletions.begin(id);
    const wasShown = id === this.#currentId;
    if (wasShown) this.onDeleted(id);
    await this.#load();
    this.#focus(`undo-${id}`);
    if (wasShown) this.#shownBefore = id;
  }

  /** @param {string} id */
  async #undo(id) {
    this.#deletions.undo(id);
    await this.#load();
    this.#focus(`open-${id}`);
    if (this.#shownBefore === id && !this.#currentId) location.hash = id;
  }

  /** @param {string} id */
  async #delete(id) {
    await api.deleteConversation(id).catch(() => {}); // the list shows what holds
    this.onChanged(id);
    await this.#load();
  }
}

/** @param {string} name @param {string} sign @param {() => void} act */
const action = (name, sign, act) =>
  make("button", { type: "button", "aria-label": name, click: act }, sign);
