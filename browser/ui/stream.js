/**
 * Follows one job's answer to its end, over any number of connections; knows nothing of the page.
 *
 * Every kept event has the next id, so what was seen is known exactly: a repeat is ignored, and after
 * a gap or a broken connection the stream is opened again from the last id.
 *
 * @typedef {{type: "token", value: string} | {type: "done", tokens: number}
 *   | {type: "error", message: string} | {type: "queued", position?: number}} JobEvent
 * @typedef {{type: "trouble"} | {type: "gone"}} Notice trouble: no connection for a moment, trying again;
 *   gone: this job can no longer be followed
 */

import { eventsOf } from "./events.js";

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8000;
const QUIET_PAUSES = 2; // a short break is mended before anybody needs to know
const SILENCE_MS = 30_000; // signs of life come three times as often

export class AnswerStream {
  #lastId = -1;
  #breaks = 0;
  #isOver = false;
  #closing = new AbortController();

  /**
   * @param {(lastId: number, signal: AbortSignal) => Promise<Response>} open
   * @param {(event: JobEvent | Notice) => void} onEvent
   */
  constructor(open, onEvent) {
    this.open = open;
    this.onEvent = onEvent;
  }

  /** Resolves after the last event, or when closed. */
  async follow() {
    while (!this.#isOver && !this.#closing.signal.aborted) {
      try {
        await this.#connect();
      } catch {
        // A connection can break in many ways; all are mended alike, below.
      }
      if (!this.#isOver) await this.#pause();
    }
  }

  /** Stops listening; the job itself goes on. */
  close() {
    this.#closing.abort();
  }

  async #connect() {
    const watchdog = new AbortController();
    let timer = setTimeout(() => watchdog.abort(), SILENCE_MS);
    const onLife = () => {
      clearTimeout(timer);
      timer = setTimeout(() => watchdog.abort(), SILENCE_MS);
    };
    try {
      const signal = AbortSignal.any([watchdog.signal, this.#closing.signal]);
      const response = await this.open(this.#lastId, signal);
      if (isFinal(response)) return this.#end({ type: "gone" });
      if (!response.ok || !response.body) return;
      for await (const event of eventsOf(response.body, onLife)) {
        if (this.#closing.signal.aborted || !this.#take(event)) return;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Hands an event on. False: this connection is of no more use.
   * @param {{id: number | null, data: string}} event
   */
  #take({ id, data }) {
    /** @type {JobEvent} */
    const said = JSON.parse(data);
    if (id === null) {
      if (said.type === "error") return this.#end({ type: "gone" });
      this.#breaks = 0;
      this.onEvent(said);
      return true;
    }
    if (id <= this.#lastId) return true;
    if (id !== this.#lastId + 1) return false;
    this.#lastId = id;
    this.#breaks = 0;
    if (said.type === "done" || said.type === "error") return this.#end(said);
    this.onEvent(said);
    return true;
  }

  /** @param {JobEvent | Notice} last */
  #end(last) {
    this.#isOver = true;
    this.onEvent(last);
    return false;
  }

  async #pause() {
    if (this.#closing.signal.aborted) return;
    this.#breaks += 1;
    if (this.#breaks > QUIET_PAUSES) this.onEvent({ type: "trouble" });
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#breaks);
    await awaken(longest * (0.5 + Math.random() / 2), this.#closing.signal);
  }
}

/** Nothing more to come (204), or no such job for this reader. @param {Response} response */
const isFinal = (response) => [204, 400, 401, 403, 404].includes(response.status);

/**
 * Waits, but no longer than until the network is back or the signal aborts.
 * @param {number} ms @param {AbortSignal} signal
 */
function awaken(ms, signal) {
  return new Promise((resolve) => {
    const waiting = new AbortController();
    const wake = () => {
      waiting.abort();
      clearTimeout(timer);
      resolve(undefined);
    };
    const timer = setTimeout(wake, ms);
    globalThis.addEventListener("online", wake, { signal: waiting.signal });
    signal.addEventListener("abort", wake, { signal: waiting.signal });
  });
}
