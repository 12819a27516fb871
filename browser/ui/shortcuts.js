/** What can be done from the keyboard everywhere on the page; `?` shows it. */

import { byId } from "./element.js";

const isApple = /Mac|iP(?:hone|ad|od)/.test(navigator.userAgent);

export function listenForShortcuts() {
  const help = byId("help", HTMLDialogElement);
  for (const each of help.querySelectorAll("[data-modifier]"))
    each.textContent = isApple ? "⌘" : "Ctrl";
  byId("show-help", HTMLButtonElement).addEventListener("click", () => help.showModal());
  document.addEventListener("keydown", (event) => {
    if (help.open || event.isComposing) return;
    const act = actOf(event);
    if (!act) return;
    event.preventDefault();
    act();
  });

  /** @param {KeyboardEvent} event @returns {(() => void) | undefined} */
  function actOf({ key, target, shiftKey, altKey, ctrlKey, metaKey }) {
    const isModified = isApple ? metaKey : ctrlKey;
    if (isModified && !altKey && key.toLowerCase() === "k")
      return () => byId("search", HTMLInputElement).focus();
    if (isModified && !altKey && shiftKey && key.toLowerCase() === "o")
      return () => byId("new-chat", HTMLButtonElement).click();
    if (isModified || altKey || isWriting(target)) return undefined;
    if (key === "/") return () => byId("message", HTMLTextAreaElement).focus();
    if (key === "?") return () => help.showModal();
    return undefined;
  }
}

/** @param {EventTarget | null} target */
const isWriting = (target) =>
  target instanceof Element &&
  target.closest("input, textarea, select, [contenteditable]") !== null;
