/**
 * The chat page: one conversation, its questions and answers. Only wiring lives here.
 */

import { Answer } from "./answer.js";
import * as api from "./api.js";
import { Composer } from "./composer.js";
import { Conversations } from "./conversations.js";
import { byId, make } from "./element.js";
import { showAccount } from "./masthead.js";
import { showNetwork } from "./network.js";
import { ENDED, Reading } from "./reading.js";
import { withRetries } from "./retry.js";
import { stayAtTheEnd } from "./scrolling.js";

const CONVERSATION_KEY = "ashao.conversation"; // to come back to after a look at another page
const CONVERSATION_ID = /^[0-9a-f]{32}$/; // an address may also name a place on the page

/** What this script itself changes; the composer and the list have their own. */
const page = {
  log: byId("log", HTMLElement),
  welcome: byId("welcome", HTMLElement),
  status: byId("said", HTMLElement),
  newChat: byId("new-chat", HTMLButtonElement),
  network: byId("network", HTMLElement),
};

class Chat {
  #conversationId = ""; // empty until the first question is sent
  /** The answer that is being written; the last one, if several are. @type {Answer | undefined} */
  #answer;
  /** Who reads which answer: one is written here, others may have been asked in another tab. @type {Map<Answer, Reading>} */
  #readings = new Map();
  #isStopWanted = false;
  /** Settles once the shown conversation's turns are there. @type {Promise<void> | undefined} */
  #loading;

  constructor() {
    this.composer = new Composer({
      onSend: (content) => this.ask(content),
      onStop: () => this.stop(),
    });
    this.conversations = new Conversations({
      onDeleted: (id) => id === this.#conversationId && this.startNew(),
    });
    this.followEnd = stayAtTheEnd(page.log);
    page.newChat.addEventListener("click", () => this.startNew());
    for (const example of document.querySelectorAll(".example")) {
      example.addEventListener("click", () => this.ask(example.textContent ?? ""));
    }
    addEventListener("popstate", () => {
      const named = location.hash.slice(1);
      if (named === "" || CONVERSATION_ID.test(named)) this.show(named);
    });
  }

  /** @param {string} content */
  async ask(content) {
    const place = this.#conversationId;
    await this.#loading;
    const isElsewhere = this.#conversationId !== "" && this.#conversationId !== place;
    if (this.#answer || isElsewhere) return this.composer.restoreDraft(content);
    const answer = this.#addTurn(content);
    answer.idempotencyKey = api.newIdempotencyKey();
    await this.#send(answer);
  }

  /** The same question again; it is not saved twice. @param {Answer} answer */
  async retry(answer) {
    if (this.#answer) return;
    if (answer.jobId) {
      answer.message = { ...answer.message, tier: this.composer.tier, retryOf: answer.jobId };
      answer.idempotencyKey = api.newIdempotencyKey();
    }
    answer.begin();
    await this.#send(answer);
  }

  async stop() {
    const answer = this.#answer;
    if (!answer || this.#isStopWanted) return;
    this.#isStopWanted = true;
    answer.stopping();
    if (this.#readings.has(answer)) await this.#cancel(answer);
  }

  /**
   * Shows a kept conversation; an answer that is still being written goes on before the eyes.
   * @param {string} conversationId
   */
  show(conversationId) {
    if (conversationId === this.#conversationId) return;
    this.#clear(conversationId);
    if (conversationId) this.#loading = this.#load(conversationId);
  }

  /** @param {string} conversationId */
  async #load(conversationId) {
    if (location.hash !== `#${conversationId}`)
      history.replaceState(null, "", `#${conversationId}`);
    try {
      const isShown = () => this.#conversationId === conversationId;
      const { messages } = await withRetries(() => api.conversation(conversationId), isShown);
      if (isShown()) this.#restore(messages);
    } catch (error) {
      if (this.#conversationId !== conversationId) return;
      if ([401, 404].includes(api.statusOf(error))) return this.startNew();
      page.log.append(make("p", { class: "notice", text: api.sentenceOf(error) }));
    }
  }

  startNew() {
    if (location.hash) history.pushState(null, "", location.pathname);
    this.#clear("");
    this.composer.message.focus();
  }

  /** @param {Answer} answer with its message and key */
  async #send(answer) {
    this.#begin(answer);
    try {
      const sent = await withRetries(
        () => api.send(answer.message, answer.idempotencyKey),
        () => this.#answer === answer,
      );
      if (this.#answer !== answer) return;
      answer.nameJob(sent.jobId);
      answer.message.conversationId = sent.conversationId;
      this.#remember(sent.conversationId);
    } catch (error) {
      answer.failed(api.sentenceOf(error));
      return this.#finish(answer);
    }
    await this.#read(answer);
  }

  /** @param {Answer} answer */
  async #read(answer) {
    this.#begin(answer);
    this.conversations.refresh(this.#conversationId);
    const reading = new Reading(answer, this.#conversationId);
    this.#readings.set(answer, reading);
    if (this.#isStopWanted) this.#cancel(answer);
    await reading.toTheEnd();
    this.#readings.delete(answer);
    this.#finish(answer);
  }

  /** @param {Answer} answer */
  async #cancel(answer) {
    try {
      await withRetries(() => api.cancel(answer.jobId)); // also after this conversation was left
    } catch {
      if (this.#answer !== answer) return;
      this.#isStopWanted = false; // Stop can be pressed again; meanwhile the answer goes on
      answer.notStopped();
    }
  }

  /** @param {Answer} answer */
  #begin(answer) {
    if (this.#answer === answer) return;
    this.#answer = answer;
    this.#isStopWanted = false;
    this.composer.busy(true);
    page.status.textContent = "";
  }

  /** @param {Answer} answer */
  #finish(answer) {
    if (this.#answer !== answer) return;
    this.#answer = undefined;
    this.composer.busy(false);
    page.status.textContent =
      answer.element.dataset.status === "done" ? "The answer is complete." : "The answer ended.";
    this.conversations.refresh(this.#conversationId);
    showAccount(); // an answer has its price
  }

  /** @param {import("./api.js").StoredMessage[]} messages */
  #restore(messages) {
    /** @type {{answer: Answer, stored?: import("./api.js").StoredMessage}[]} */
    const turns = [];
    for (const message of messages) {
      if (message.role === "user") turns.push({ answer: this.#addTurn(message.content) });
      const turn = turns.at(-1);
      if (!turn) continue; // an answer without its question
      if (message.role === "assistant") turn.stored = message;
      turn.answer.nameJob(message.jobId);
    }
    for (const { answer, stored } of turns) {
      if (stored && ENDED.includes(stored.status)) answer.restore(stored);
      else this.#read(answer);
    }
    this.followEnd();
  }

  /** @param {string} question @returns {Answer} */
  #addTurn(question) {
    page.welcome.hidden = true;
    const message = { content: question, tier: this.composer.tier, ...this.#place() };
    const answer = new Answer(message, (failed) => this.retry(failed));
    page.log.append(
      make("div", { class: "question", dir: "auto", text: question }),
      answer.element,
    );
    this.followEnd();
    return answer;
  }

  /** @param {string} conversationId what comes next; empty for something new */
  #clear(conversationId) {
    for (const reading of this.#readings.values()) reading.close();
    this.#readings.clear();
    this.#answer = this.#loading = undefined;
    page.log.replaceChildren();
    page.welcome.hidden = conversationId !== "";
    this.composer.busy(false);
    this.#conversationId = conversationId;
    sessionStorage.setItem(CONVERSATION_KEY, conversationId);
    this.conversations.refresh(conversationId);
  }

  /** Where a message belongs: here, if this conversation has begun. */
  #place() {
    return this.#conversationId ? { conversationId: this.#conversationId } : {};
  }

  /** @param {string} conversationId */
  #remember(conversationId) {
    this.#conversationId = conversationId;
    sessionStorage.setItem(CONVERSATION_KEY, conversationId);
    if (location.hash !== `#${conversationId}`) history.pushState(null, "", `#${conversationId}`);
  }
}

document.documentElement.toggleAttribute("data-no-clipboard", !navigator.clipboard);
const chat = new Chat();
const named = [location.hash.slice(1), sessionStorage.getItem(CONVERSATION_KEY) ?? ""];
const last = named.find((id) => CONVERSATION_ID.test(id));
if (last) chat.show(last);
else chat.conversations.refresh("");
showNetwork(page.network);
showAccount();
