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
import { patiently } from "./patience.js";
import { ENDED, Reading } from "./reading.js";
import { stayAtTheEnd } from "./scrolling.js";

const CONVERSATION_KEY = "ashao.conversation"; // to come back to after a look at another page
const CONVERSATION_ID = /^[0-9a-f]{32}$/; // an address may also name a place on the page

class Chat {
  #conversationId = ""; // empty until the first question is sent
  /** The answer that is being written, and who reads it. */
  #answer;
  /** @type {Reading | undefined} */
  #reading;
  #isStopWanted = false;
  /** Settles once the shown conversation's turns are there. @type {Promise<void> | undefined} */
  #loading;

  constructor() {
    this.log = byId("log");
    this.welcome = byId("welcome");
    this.said = byId("said");
    this.composer = new Composer({ onSend: (content) => this.ask(content), onStop: () => this.stop() });
    this.conversations = new Conversations({ onDeleted: (id) => id === this.#conversationId && this.startNew() });
    this.followEnd = stayAtTheEnd(this.log);
    byId("new-chat").addEventListener("click", () => this.startNew());
    for (const example of document.querySelectorAll(".example")) {
      example.addEventListener("click", () => this.ask(example.textContent));
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
    if (this.#answer || isElsewhere) return this.composer.giveBack(content);
    const answer = this.#addTurn(content);
    answer.message = { content, tier: this.composer.tier, ...this.#place() };
    answer.key = freshKey();
    await this.#send(answer);
  }

  /** The same question again; it is not saved twice. @param {Answer} answer */
  async retry(answer) {
    if (this.#answer) return;
    if (answer.jobId) {
      answer.message = { ...answer.message, tier: this.composer.tier, retryOf: answer.jobId };
      answer.key = freshKey();
    }
    answer.begin();
    await this.#send(answer);
  }

  async stop() {
    const answer = this.#answer;
    if (!answer || this.#isStopWanted) return;
    this.#isStopWanted = true;
    answer.stopping();
    if (this.#reading) await this.#cancel(answer);
  }

  /** Shows a kept conversation; an answer that is still being written goes on before the eyes. */
  show(conversationId) {
    if (conversationId === this.#conversationId) return;
    this.#clear(conversationId);
    if (conversationId) this.#loading = this.#load(conversationId);
  }

  async #load(conversationId) {
    if (location.hash !== `#${conversationId}`) history.replaceState(null, "", `#${conversationId}`);
    try {
      const isShown = () => this.#conversationId === conversationId;
      const { messages } = await patiently(() => api.conversation(conversationId), isShown);
      if (isShown()) this.#restore(messages);
    } catch (error) {
      if (this.#conversationId !== conversationId) return;
      if (error.status === 401 || error.status === 404) return this.startNew();
      this.log.append(make("p", { class: "notice", text: error.message }));
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
      const sent = await patiently(() => api.send(answer.message, answer.key), () => this.#answer === answer);
      if (this.#answer !== answer) return;
      answer.nameJob(sent.jobId);
      answer.message.conversationId = sent.conversationId;
      this.#remember(sent.conversationId);
    } catch (error) {
      answer.failed(error.message);
      return this.#finish(answer);
    }
    await this.#read(answer);
  }

  async #read(answer) {
    this.#begin(answer);
    this.conversations.refresh(this.#conversationId);
    this.#reading = new Reading(answer, this.#conversationId);
    if (this.#isStopWanted) this.#cancel(answer);
    await this.#reading.toTheEnd();
    this.#finish(answer);
  }

  /** @param {Answer} answer */
  async #cancel(answer) {
    try {
      await patiently(() => api.cancel(answer.jobId), () => this.#answer === answer);
    } catch {
      this.#isStopWanted = false; // Stop can be pressed again; meanwhile the answer goes on
      if (this.#answer === answer) answer.notStopped();
    }
  }

  #begin(answer) {
    if (this.#answer === answer) return;
    this.#answer = answer;
    this.#isStopWanted = false;
    this.composer.busy(true);
    this.said.textContent = "";
  }

  #finish(answer) {
    if (this.#answer !== answer) return;
    this.#answer = this.#reading = undefined;
    this.composer.busy(false);
    this.said.textContent = answer.element.dataset.status === "done" ? "The answer is complete." : "The answer ended.";
    this.conversations.refresh(this.#conversationId);
    showAccount(); // an answer has its price
  }

  /** @param {import("./api.js").KeptMessage[]} messages */
  #restore(messages) {
    /** @type {{answer: Answer, kept?: import("./api.js").KeptMessage}[]} */
    const turns = [];
    for (const message of messages) {
      if (message.role === "user") turns.push({ answer: this.#addTurn(message.content) });
      else if (turns.length > 0) turns[turns.length - 1].kept = message;
      const { answer } = turns[turns.length - 1];
      answer.nameJob(message.jobId);
      answer.message ??= { content: message.content, ...this.#place() };
    }
    for (const { answer, kept } of turns) {
      if (kept && ENDED.includes(kept.status)) answer.restore(kept);
      else this.#read(answer);
    }
    this.followEnd();
  }

  /** @param {string} question @returns {Answer} */
  #addTurn(question) {
    this.welcome.hidden = true;
    const answer = new Answer((failed) => this.retry(failed));
    this.log.append(make("div", { class: "question", text: question }), answer.element);
    this.followEnd();
    return answer;
  }

  /** @param {string} conversationId what comes next; empty for something new */
  #clear(conversationId) {
    this.#reading?.close();
    this.#answer = this.#reading = this.#loading = undefined;
    this.log.replaceChildren();
    this.welcome.hidden = conversationId !== "";
    this.composer.busy(false);
    this.#conversationId = conversationId;
    sessionStorage.setItem(CONVERSATION_KEY, conversationId);
    this.conversations.refresh(conversationId);
  }

  /** Where a message belongs: here, if this conversation has begun. */
  #place() {
    return this.#conversationId ? { conversationId: this.#conversationId } : {};
  }

  #remember(conversationId) {
    this.#conversationId = conversationId;
    sessionStorage.setItem(CONVERSATION_KEY, conversationId);
    if (location.hash !== `#${conversationId}`) history.pushState(null, "", `#${conversationId}`);
  }
}

/** What makes a repeated message the same message. */
const freshKey = () => [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("-");

const chat = new Chat();
const kept = [location.hash.slice(1), sessionStorage.getItem(CONVERSATION_KEY)].find((id) => CONVERSATION_ID.test(id));
if (kept) chat.show(kept);
else chat.conversations.refresh("");
showNetwork(byId("network"));
showAccount();
