/**
 * What is deleted goes a moment later, so that it can be undone; at the latest when the page is left.
 */

const UNDO_MS = 10_000;

export class Deletions {
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #timers = new Map();

  /** @param {(id: string) => void} act deletes it, for good */
  constructor(act) {
    this.act = act;
    addEventListener("pagehide", () => {
      for (const id of [...this.#timers.keys()]) this.#finish(id);
    });
  }

  /** Whether it is about to go. @param {string} id */
  has(id) {
    return this.#timers.has(id);
  }

  /** @param {string} id */
  begin(id) {
    this.undo(id);
    this.#timers.set(
      id,
      setTimeout(() => this.#finish(id), UNDO_MS),
    );
  }

  /** @param {string} id */
  undo(id) {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  /** @param {string} id */
  #finish(id) {
    this.undo(id);
    this.act(id);
  }
}
