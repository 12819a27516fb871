/**
 * The questions and answers on the page, in their order.
 */

import { Answer } from "./answer.js";
import { make } from "./element.js";
import { ENDED } from "./reading.js";

/** @typedef {{answer: Answer, element: HTMLElement}} Turn a question with its answer */

export class Turns {
  /** @type {Turn[]} */
  #turns = [];

  /**
   * @param {HTMLElement} log
   * @param {import("./answer.js").Handlers} handlers
   */
  constructor(log, handlers) {
    this.log = log;
    this.handlers = handlers;
  }

  /** The jobs whose answers are shown. */
  get jobIds() {
    return this.#turns.map(({ answer }) => answer.jobId).filter(Boolean);
  }

  /** @param {import("./api.js").Message} message @returns {Answer} */
  add(message) {
    const answer = new Answer(message, this.handlers);
    const question = make("div", { class: "question", dir: "auto", text: message.content });
    const element = make("section", { class: "turn" });
    element.append(make("h2", { class: "unseen", text: "You asked" }), question, answer.element);
    this.log.append(element);
    this.#turns.push({ answer, element });
    return answer;
  }

  clear() {
    this.#turns = [];
    this.log.replaceChildren();
  }

  /**
   * Shows what a conversation's history has and the page has not, and no more what is gone from it: another
   * tab asked on, or asked something again.
   * @param {import("./api.js").StoredMessage[]} messages
   * @param {string[]} known the jobs that were shown when the history was asked for
   * @param {import("./api.js").Message} template what the messages have in common
   * @returns {Answer[]} those whose end has not come
   */
  bring(messages, known, template) {
    this.#drop(known.filter((id) => !messages.some(({ jobId }) => jobId === id)));
    /** @type {{answer: Answer, stored?: import("./api.js").StoredMessage}[]} */
    const added = [];
    const shown = this.jobIds;
    for (const message of messages.filter(({ jobId }) => !shown.includes(jobId))) {
      if (message.role === "user")
        added.push({ answer: this.add({ ...template, content: message.content }) });
      const turn = added.at(-1);
      if (!turn) continue; // an answer without its question
      if (message.role === "assistant") turn.stored = message;
      turn.answer.nameJob(message.jobId);
    }
    /** @type {Answer[]} */
    const open = [];
    for (const { answer, stored } of added) {
      if (stored && ENDED.includes(stored.status)) answer.restore(stored);
      else open.push(answer);
    }
    return open;
  }

  /** @param {string[]} jobIds */
  #drop(jobIds) {
    const isGone = (/** @type {Turn} */ { answer }) => jobIds.includes(answer.jobId);
    for (const { element } of this.#turns.filter(isGone)) element.remove();
    this.#turns = this.#turns.filter((turn) => !isGone(turn));
  }
}
