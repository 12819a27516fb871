/**
 * Draws what keeps changing: at most once a frame, and seldom enough that a slow drawing leaves the page
 * to its reader.
 */

const SHARE = 1 / 4; // of the time, at most, is spent on drawing

export class Pace {
  #frame = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;
  #restsUntil = 0;

  /** @param {() => void} draw */
  constructor(draw) {
    this.draw = draw;
  }

  /** Draws, a little later. */
  soon() {
    if (this.#frame || this.#pause) return;
    const restMs = this.#restsUntil - performance.now();
    if (restMs <= 0) this.#request();
    else this.#pause = setTimeout(() => this.#request(), restMs);
  }

  /** What was to be drawn is not. */
  cancel() {
    clearTimeout(this.#pause);
    cancelAnimationFrame(this.#frame);
    this.#pause = undefined;
    this.#frame = 0;
  }

  #request() {
    this.#pause = undefined;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      const began = performance.now();
      this.draw();
      const now = performance.now();
      this.#restsUntil = now + (now - began) * (1 / SHARE - 1);
    });
  }
}
