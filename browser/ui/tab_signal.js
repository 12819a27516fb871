/** A tab in the background tells by its title and its icon that the answer is there. */

const READY = "● Answer ready";

/** The icon as the page has it, and the same with a dot. @param {HTMLLinkElement} icon */
const dotted = (icon) =>
  icon.href.replace(
    "%3C/svg%3E",
    "%3Ccircle cx='25' cy='7' r='6.5' fill='%23fdf8ee' stroke='%23b8402a' stroke-width='2'/%3E%3C/svg%3E",
  );

export class TabSignal {
  #title = document.title;
  #icon = document.querySelector('link[rel="icon"]');
  #href = this.#icon instanceof HTMLLinkElement ? this.#icon.href : "";

  constructor() {
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#show(this.#title, this.#href);
    });
  }

  /** An answer has ended; whoever looks at the page sees it without a sign. */
  answered() {
    if (document.visibilityState === "visible" || !(this.#icon instanceof HTMLLinkElement)) return;
    this.#show(`${READY} · ${this.#title}`, dotted(this.#icon));
  }

  /** @param {string} title @param {string} href */
  #show(title, href) {
    document.title = title;
    if (this.#icon instanceof HTMLLinkElement) this.#icon.href = href;
  }
}
