/**
 * Text files that go along with a question: dropped, pasted or chosen. Each is sent as a block of code with
 * its name, for models read text alone.
 */

import { byId, make } from "./element.js";
import { figure } from "./words.js";

const MAX_BYTES = 128_000; // four bytes for each character that a message may have

export class Attachments {
  /** @type {{name: string, text: string}[]} */
  #files = [];

  /** @param {() => void} onChanged */
  constructor(onChanged) {
    this.onChanged = onChanged;
    this.list = byId("attachments", HTMLUListElement);
    this.problem = byId("not-attached", HTMLElement);
    this.chooser = byId("choose-file", HTMLInputElement);
    byId("attach", HTMLButtonElement).addEventListener("click", () => this.chooser.click());
    this.chooser.addEventListener("change", () => {
      this.#add([...(this.chooser.files ?? [])]);
      this.chooser.value = ""; // the same file may be chosen again
    });
    const form = byId("composer", HTMLFormElement);
    document.addEventListener("dragover", (event) => {
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
    });
    document.addEventListener("drop", (event) => this.#given(event, event.dataTransfer));
    form.addEventListener("paste", (event) => this.#given(event, event.clipboardData));
  }

  /** What goes along, as text. */
  get text() {
    return this.#files.map(asBlock).join("\n\n");
  }

  clear() {
    this.#files = [];
    this.#changed();
  }

  /** @param {Event} event @param {DataTransfer | null} given */
  #given(event, given) {
    if (!given || given.files.length === 0) return;
    event.preventDefault();
    this.#add([...given.files]);
  }

  /** @param {Iterable<File>} files */
  async #add(files) {
    /** @type {string[]} */
    const refused = [];
    for (const file of files) {
      const text = await textOf(file);
      if (typeof text === "string") this.#files.push({ name: file.name, text });
      else refused.push(`${file.name} ${text.reason}`);
    }
    this.problem.textContent = refused.join(" ");
    this.#changed();
  }

  #changed() {
    const chips = this.#files.map((file) => {
      const remove = make("button", {
        type: "button",
        "aria-label": `Remove ${file.name}`,
        text: "✕",
        click: () => {
          this.#files = this.#files.filter((each) => each !== file);
          this.#changed();
        },
      });
      const size = make("small", { text: `${figure(file.text.length)} characters` });
      return make("li", {}, make("span", { text: file.name }), size, remove);
    });
    this.list.replaceChildren(...chips);
    this.onChanged();
  }
}

/** @param {{name: string, text: string}} file */
export function asBlock({ name, text }) {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const language = /\.([\w+-]{1,12})$/.exec(name)?.[1].toLowerCase() ?? "";
  return `${name.replaceAll("\n", " ")}:\n${fence}${language}\n${text.replace(/\n$/, "")}\n${fence}`;
}

/** The text of a file, or why it is not taken. @param {File} file @returns {Promise<string | {reason: string}>} */
async function textOf(file) {
  if (file.size > MAX_BYTES) return { reason: "is too large: a question holds 32,000 characters." };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    if (!text.includes("\0")) return text;
  } catch {
    // no text, or it cannot be read
  }
  return { reason: "is not a text: models here read text alone." };
}
