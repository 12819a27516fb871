/**
 * What somebody is told who waits for an answer to begin, and for how long already.
 */

import { make } from "./element.js";
import { lasting } from "./words.js";

export const LOOKING = "Looking for a free machine …";
const TOLD_FROM_S = 3; // what is shorter is no waiting

/** @param {{position?: number, etaMs?: number, noWorker?: boolean}} place what the orchestrator knows of it */
export function waitingSentence({ position, etaMs, noWorker }) {
  if (noWorker) return "No machine is here for this right now: a provider is asked.";
  if (position === undefined) return LOOKING;
  const place = position === 0 ? "You are next." : `${position} ahead of you.`;
  const estimate = etaMs === undefined ? "" : ` About ${lasting(etaMs)} to go.`;
  return `Waiting for a free machine. ${place}${estimate}`;
}

/** Counts the seconds; not for screen readers, which would read each of them. */
export class Elapsed {
  element = make("span", { class: "elapsed", "aria-hidden": "true" });
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  start() {
    this.stop();
    const since = Date.now();
    this.#timer = setInterval(() => {
      const ms = Date.now() - since;
      if (!this.element.isConnected) this.stop();
      else if (ms >= TOLD_FROM_S * 1000) this.element.textContent = ` ${lasting(ms)} so far`;
    }, 1000);
  }

  stop() {
    clearInterval(this.#timer);
    this.element.textContent = "";
  }
}
