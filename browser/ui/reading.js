/**
 * Reads one answer to its end: live from its stream, and from the history when the stream is gone.
 */

import * as api from "./api.js";
import { sleep, withRetries } from "./retry.js";
import { AnswerStream } from "./stream.js";

// Between a job's end and its place in the history there may be a moment.
const RETRY_DELAYS_MS = [500, 2000, 5000];
const LOST = "This answer got lost on its way. Please try again.";
export const ENDED = ["done", "failed", "cancelled"];

export class Reading {
  #isClosed = false;
  /** @type {AnswerStream | undefined} */
  #stream;

  /** @param {import("./answer.js").Answer} answer with its job's id @param {string} conversationId */
  constructor(answer, conversationId) {
    this.answer = answer;
    this.conversationId = conversationId;
  }

  /** Resolves when the answer has ended, one way or another, or this reading was closed. */
  async toTheEnd() {
    for (const delayMs of RETRY_DELAYS_MS) {
      const last = await this.#follow();
      if (last === "done") this.#learnWriters();
      if (last !== "gone") return;
      const stored = await this.#storedAnswer();
      if (this.#isClosed) return;
      if (!stored) break;
      if (ENDED.includes(stored.status)) return this.answer.restore(stored);
      await sleep(delayMs);
      if (this.#isClosed) return;
      this.answer.begin();
    }
    this.answer.failed(LOST);
  }

  /** Looks away; the job goes on. */
  close() {
    this.#isClosed = true;
    this.#stream?.close();
  }

  /** @returns {Promise<string>} the type of the last event */
  async #follow() {
    let last = "closed";
    const { answer } = this;
    this.#stream = new AnswerStream(
      (lastId, signal) => api.openStream(answer.jobId, lastId, signal),
      (event) => {
        last = event.type;
        show(answer, event);
      },
    );
    await this.#stream.follow();
    return this.#isClosed ? "closed" : last;
  }

  /** Who wrote it is known once it is in the history. */
  async #learnWriters() {
    for (const delayMs of [0, ...RETRY_DELAYS_MS]) {
      await sleep(delayMs);
      const stored = this.#isClosed ? undefined : await this.#storedAnswer();
      if (this.#isClosed || !stored) return;
      if (ENDED.includes(stored.status)) return this.answer.writtenBy(stored.writtenBy);
    }
  }

  /** This answer as the history has it, if it does. */
  async #storedAnswer() {
    try {
      const { messages } = await withRetries(
        () => api.conversation(this.conversationId),
        () => !this.#isClosed,
      );
      return messages.find(
        ({ role, jobId }) => role === "assistant" && jobId === this.answer.jobId,
      );
    } catch {
      return undefined; // no history to ask: the answer is lost, and its reader is told
    }
  }
}

/**
 * @param {import("./answer.js").Answer} answer
 * @param {import("./stream.js").JobEvent | import("./stream.js").Notice} event
 */
function show(answer, event) {
  switch (event.type) {
    case "token":
      return answer.append(event.value);
    case "thinking":
      return answer.think(event.value);
    case "queued":
      return answer.queued(event);
    case "reconnecting":
      return answer.reconnecting();
    case "done":
      return answer.done();
    case "error":
      return answer.failed(event.message);
  }
}
