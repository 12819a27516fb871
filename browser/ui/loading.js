/** How far a model is on its way: one bar that never goes back, in our own words. */

import { byId } from "./element.js";
import { lasting, sized } from "./words.js";

const TELLING_MS = 3000; // before that nobody can say how long it takes
const TELLING_FRACTION = 0.02;
const STARTING = "Starting the model …";

export class Loading {
  #began = 0;
  #fraction = 0;
  /** @type {number | null} */
  #sizeMb = null;

  constructor() {
    this.element = byId("loading", HTMLElement);
    this.bar = byId("load-progress", HTMLProgressElement);
    this.text = byId("load-text", HTMLElement);
  }

  /** @param {number | null} sizeMb of what is to be fetched, if that is known */
  begin(sizeMb) {
    this.#began = performance.now();
    this.#fraction = 0;
    this.#sizeMb = sizeMb;
    this.#wait("Fetching what is needed …");
  }

  /** Engines count twice: what is fetched, and what of it is then made ready. @param {number} fraction */
  reached(fraction) {
    if (fraction < this.#fraction || fraction >= 1) {
      this.#fraction = 2; // whatever it counts from now on
      return this.#wait(STARTING);
    }
    this.#fraction = fraction;
    this.bar.value = fraction;
    this.text.textContent = this.#sentence(fraction, performance.now() - this.#began);
  }

  /** @param {string} sentence */
  #wait(sentence) {
    this.bar.removeAttribute("value");
    this.text.textContent = sentence;
  }

  /** @param {number} fraction @param {number} elapsedMs */
  #sentence(fraction, elapsedMs) {
    const percent = `${Math.round(fraction * 100)} %`;
    const whole = this.#sizeMb ? `${percent} of ${sized(this.#sizeMb)}` : percent;
    if (elapsedMs < TELLING_MS || fraction < TELLING_FRACTION)
      return `Fetching the model: ${whole}`;
    const speed = this.#sizeMb
      ? ` at ${sized((this.#sizeMb * fraction * 1000) / elapsedMs)}/s`
      : "";
    const leftMs = (elapsedMs * (1 - fraction)) / fraction;
    return `Fetching the model: ${whole}${speed}, about ${lasting(leftMs)} left`;
  }
}
