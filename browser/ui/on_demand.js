/**
 * A library that only some answers need: it is fetched when the first one asks. Whoever asks before it is
 * here is called once it is; if it cannot be fetched, the next who asks makes another try.
 * @template Library
 */
export class OnDemand {
  /** @type {Library | undefined} */
  #library;
  /** @type {(() => void)[]} */
  #waiting = [];

  /** @param {() => Promise<Library>} fetch */
  constructor(fetch) {
    this.fetch = fetch;
  }

  /** The library, if it is here. @param {() => void} later what to do once it is */
  get(later) {
    if (this.#library !== undefined) return this.#library;
    this.#waiting.push(later);
    if (this.#waiting.length === 1) this.#fetch();
    return undefined;
  }

  async #fetch() {
    try {
      this.#library = await this.fetch();
    } catch {
      this.#waiting = [];
      return;
    }
    for (const later of this.#waiting.splice(0)) later();
  }
}
