/**
 * Follows one job's answer to its end, over any number of connections; knows nothing of the page.
 *
 * Every kept event has an id, which says nothing to us. After a broken connection the stream is
 * opened again from the last one, and the orchestrator sends exactly what follows, or ends it.
 *
 * @typedef {{type: "token" | "thinking", value: string} | {type: "done", tokens: number}
 *   | {type: "error", message: string} | {type: "queued", position?: number}} JobEvent
 * @typedef {{type: "reconnecting"} | {type: "gone"}} Notice reconnecting: no connection for a moment, trying again;
 *   gone: this job can no longer be followed
 */

import { eventsOf } from "./events.js";

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 8000;
const QUIET_RETRIES = 2; // a short break is mended before anybody needs to know
const SILENCE_MS = 30_000; // signs of life come three times as often

export class AnswerStream {
  #lastId = "";
  #retries = 0;
  #isOver = false;
  #closing = new AbortController();

  /**
   * @param {(lastId: string, signal: AbortSignal) => Promise<Response>} open
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
      if (!this.#isOver) await this.#waitToRetry();
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
   * @param {{id: string | null, data: string}} event
   */
  #take({ id, data }) {
    /** @type {JobEvent} */
    const event = JSON.parse(data);
    if (id === null) {
      if (event.type === "error") return this.#end({ type: "gone" });
      this.#retries = 0;
      this.onEvent(event);
      return true;
    }
    this.#lastId = id;
    this.#retries = 0;
    if (event.type === "done" || event.type === "error") return this.#end(event);
    this.onEvent(event);
    return true;
  }

  /** @param {JobEvent | Notice} last */
  #end(last) {
    this.#isOver = true;
    this.onEvent(last);
    return false;
  }

  async #waitToRetry() {
    if (this.#closing.signal.aborted) return;
    this.#retries += 1;
    if (this.#retries > QUIET_RETRIES) this.onEvent({ type: "reconnecting" });
    const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#retries);
    await sleepUntilOnline(longest * (0.5 + Math.random() / 2), this.#closing.signal);
  }
}

/** Nothing more to come (204), or no such job for this reader. @param {Response} response */
const isFinal = (response) => [204, 400, 401, 403, 404].includes(response.status);

/**
 * Waits, but no longer than until the network is back or the signal aborts.
 * @param {number} ms @param {AbortSignal} signal
 */
function sleepUntilOnline(ms, signal) {
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
