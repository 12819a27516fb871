/**
 * The chat page: one conversation, its questions and answers. Only wiring lives here.
 */

import * as api from "./api.js";
import { page } from "./chat_elements.js";
import { Composer } from "./composer.js";
import { Conversations } from "./conversations.js";
import { make } from "./element.js";
import { History } from "./history.js";
import { showAccount } from "./masthead.js";
import { showNetwork } from "./network.js";
import { OtherTabs } from "./other_tabs.js";
import * as place from "./place.js";
import { Reading } from "./reading.js";
import { withRetries } from "./retry.js";
import { stayAtTheEnd } from "./scrolling.js";
import { listenForShortcuts } from "./shortcuts.js";
import { TabSignal } from "./tab_signal.js";
import { Turns } from "./turns.js";

/** @typedef {import("./answer.js").Answer} Answer */

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
    this.turns = new Turns(page.log, {
      onRetry: (answer) => this.retry(answer),
      onAgain: (answer) => this.ask(answer.message.content),
      onEdit: (answer) => this.composer.draft(answer.message.content),
    });
    this.history = new History(this.turns, {
      isShown: (id) => id === this.#conversationId,
      onOpen: (answer) => this.#read(answer),
      onGone: () => this.startNew(),
    });
    this.otherTabs = new OtherTabs((id) => this.#changedElsewhere(id));
    this.conversations = new Conversations({
      onChanged: (id) => this.otherTabs.tell(id),
      onDeleted: (id) => id === this.#conversationId && this.startNew(),
    });
    this.followEnd = stayAtTheEnd(page.log);
    this.tabSignal = new TabSignal();
    this.refreshNetwork = showNetwork(page.network);
    page.log.addEventListener("begun", this.refreshNetwork);
    page.newChat.addEventListener("click", () => {
      this.startNew();
      this.composer.message.focus();
    });
    for (const example of document.querySelectorAll(".example"))
      example.addEventListener("click", () => this.ask(example.textContent ?? ""));
    addEventListener("popstate", () => {
      const named = place.named();
      if (named !== undefined) this.show(named);
    });
  }

  /** Shows what was shown last. */
  open() {
    const last = place.lastShown();
    if (last) return this.show(last);
    this.composer.moveTo("");
    this.conversations.refresh("");
  }

  /** @param {string} content */
  async ask(content) {
    const asked = this.#conversationId;
    await this.#loading;
    const isElsewhere = this.#conversationId !== "" && this.#conversationId !== asked;
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
    place.correct(conversationId);
    try {
      if (await this.history.bring(conversationId, this.composer.tier)) this.followEnd();
    } catch (error) {
      page.log.append(make("p", { class: "notice", text: api.sentenceOf(error) }));
    }
  }

  /** @param {string} conversationId */
  async #changedElsewhere(conversationId) {
    this.conversations.refresh(this.#conversationId);
    if (conversationId !== this.#conversationId) return;
    await this.#loading;
    await this.history.bring(conversationId, this.composer.tier).catch(() => {}); // what is shown was true a moment ago
  }

  startNew() {
    place.enter("");
    this.#clear("");
  }

  /** @param {Answer} answer with its message and key */
  async #send(answer) {
    this.#begin(answer);
    try {
      const sent = await withRetries(
        () => api.send(answer.message, answer.idempotencyKey),
        () => this.#answer === answer,
        () => answer.reconnecting(),
      );
      if (this.#answer !== answer) return;
      answer.nameJob(sent.jobId);
      if (!this.#isStopWanted) answer.queued({ type: "queued" });
      answer.message.conversationId = sent.conversationId;
      this.#remember(sent.conversationId);
      this.otherTabs.tell(sent.conversationId);
    } catch (error) {
      answer.failed(api.sentenceOf(error), api.statusOf(error) === 402);
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
    this.refreshNetwork();
  }

  /** @param {Answer} answer */
  #finish(answer) {
    if (this.#answer !== answer) return;
    this.#answer = undefined;
    this.composer.busy(false);
    this.tabSignal.answered();
    page.status.textContent =
      answer.element.dataset.status === "done" ? "The answer is complete." : "The answer ended.";
    this.conversations.refresh(this.#conversationId);
    showAccount(); // an answer has its price
    this.refreshNetwork();
  }

  /** @param {string} content @returns {Answer} */
  #addTurn(content) {
    page.welcome.hidden = true;
    const conversationId = this.#conversationId || undefined; // JSON leaves out what is undefined
    const answer = this.turns.add({ content, tier: this.composer.tier, conversationId });
    this.followEnd();
    return answer;
  }

  /** @param {string} conversationId what comes next; empty for something new */
  #clear(conversationId) {
    for (const reading of this.#readings.values()) reading.close();
    this.#readings.clear();
    this.#answer = this.#loading = undefined;
    this.turns.clear();
    page.welcome.hidden = conversationId !== "";
    this.composer.busy(false);
    this.#conversationId = conversationId;
    this.composer.moveTo(conversationId);
    place.remember(conversationId);
    this.conversations.refresh(conversationId);
  }

  /** @param {string} conversationId */
  #remember(conversationId) {
    if (this.#conversationId !== conversationId) this.composer.named(conversationId);
    this.#conversationId = conversationId;
    place.remember(conversationId);
    place.enter(conversationId);
  }
}

document.documentElement.toggleAttribute("data-no-clipboard", !navigator.clipboard);
const chat = new Chat();
chat.open();
listenForShortcuts();
showAccount();
