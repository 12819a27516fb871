/**
 * One answer on the page: its text as it grows, how it stands, and what can be done with it.
 *
 * `data-status` is queued, running, done or failed; a stopped answer has failed, but says so calmly.
 */

import { Byline } from "./byline.js";
import { make } from "./element.js";
import { Pace } from "./pace.js";
import { MarkdownView } from "./render.js";
import { Thinking } from "./thinking.js";
import { Elapsed, LOOKING, waitingSentence } from "./waiting.js";

const STOPPED = "Stopped.";
const EMPTY = "This answer came without a word.";
const CANCELLED = "cancelled"; // what the orchestrator says of an answer that its reader stopped
const TAKEN_OVER = "The next machine takes over …";

/**
 * What can be done with an answer.
 * @typedef {object} Handlers
 * @property {(answer: Answer) => void} onRetry one that failed: another takes its place
 * @property {(answer: Answer) => void} onAgain another to the same question, after all others
 * @property {(answer: Answer) => void} onEdit its question, to be asked in other words
 */

export class Answer {
  text = "";
  /** Empty until the orchestrator has named it. */
  jobId = "";
  /** The same for every repeat of that message. */
  idempotencyKey = "";
  #pace = new Pace(() => this.#show(false));

  /**
   * @param {import("./api.js").Message} message the question as it was or will be sent
   * @param {Handlers} handlers
   */
  constructor(message, { onRetry, onAgain, onEdit }) {
    this.message = message;
    this.thinking = new Thinking();
    this.body = make("div", { class: "answer-text", click: copyCode });
    this.elapsed = new Elapsed();
    this.said = make("span");
    this.note = make("p", { class: "answer-note" }, this.said, this.elapsed.element);
    this.copy = action("Copy", () => copy(this.text, this.copy));
    this.retry = action("Retry", () => onRetry(this));
    this.again = action("Ask again", () => onAgain(this));
    this.edit = action("Edit question", () => onEdit(this));
    this.byline = new Byline();
    this.actions = make("div", { class: "answer-actions", hidden: true });
    this.earn = make(
      "a",
      { href: "/worker.html", class: "quiet" },
      "Earn credits by lending a machine",
    );
    this.actions.append(this.copy, this.retry, this.again, this.edit, this.earn);
    this.element = make("article", { class: "answer", tabindex: "-1" });
    const speaker = make("h2", { class: "unseen", text: "Answer" });
    this.element.append(speaker, this.thinking.element, this.body, this.note);
    this.element.append(this.byline.element, this.actions);
    this.view = new MarkdownView(this.body);
    this.begin();
  }

  /** Starts from nothing: the first time, again after a failure, or for another reading. */
  begin() {
    this.text = "";
    // The button that was pressed goes; the keyboard stays at this answer.
    if (this.actions.contains(document.activeElement)) this.element.focus({ preventScroll: true });
    this.thinking.clear();
    this.writtenBy(undefined);
    this.#show(true);
    this.#status("queued");
    this.#say(LOOKING, "waiting");
  }

  /** @param {string} jobId */
  nameJob(jobId) {
    this.jobId = jobId;
    this.element.dataset.jobId = jobId;
  }

  /** @param {import("./stream.js").Queued} place */
  queued(place) {
    this.thinking.cut();
    const hasBegun = this.text || this.thinking.text;
    this.#say(hasBegun ? TAKEN_OVER : waitingSentence(place), "waiting");
  }

  /** @param {string} value of what the model thinks first; it is no part of the answer */
  think(value) {
    this.thinking.append(value);
    this.#running();
  }

  /** @param {string} value */
  append(value) {
    this.thinking.end();
    this.text += value;
    this.#running();
    this.#pace.soon();
  }

  #running() {
    if (this.element.dataset.status !== "running") this.#begun();
    this.#say("");
  }

  /** The connection is away; what has been said stays. */
  reconnecting() {
    this.#say("Reconnecting …", "waiting");
  }

  stopping() {
    this.#say("Stopping …", "waiting");
  }

  /** The answer goes on, although its reader wanted to stop it. */
  notStopped() {
    this.#say("Stopping did not work. Press Stop to try again.", "problem");
  }

  done() {
    this.#end("done");
    this.#say(this.text.trim() ? "" : EMPTY);
  }

  /**
   * @param {string} message a sentence
   * @param {boolean} [isUnpaid] whether credits were what it lacked
   */
  failed(message, isUnpaid = false) {
    const isCalm = message === CANCELLED;
    this.#end("failed");
    this.earn.hidden = !isUnpaid;
    this.#say(isCalm ? STOPPED : message, isCalm ? "calm" : "problem");
  }

  /** Tells who wrote it. @param {import("./byline.js").Writers | undefined} writers */
  writtenBy(writers) {
    this.byline.show(writers);
    this.#grown();
  }

  /** Shows an answer as the history has it. @param {import("./api.js").StoredMessage} stored */
  restore({ content, status, jobId, writtenBy }) {
    this.nameJob(jobId);
    this.writtenBy(writtenBy);
    this.text = content;
    if (status === "done") this.done();
    else this.failed(status === CANCELLED ? CANCELLED : "This answer could not be finished.");
  }

  /** @param {"done" | "failed"} status */
  #end(status) {
    this.thinking.end();
    this.#show(true);
    this.#status(status);
    this.retry.hidden = status === "done";
    this.again.hidden = status !== "done";
    this.earn.hidden = true;
    this.copy.hidden = !this.text || !navigator.clipboard; // browsers keep it from addresses without https
    this.actions.hidden = false;
    this.#grown();
  }

  /** @param {"queued" | "running" | "done" | "failed"} status */
  #status(status) {
    this.element.dataset.status = status;
    // A screen reader reads the answer once it is whole, not each syllable.
    this.element.setAttribute("aria-busy", String(status === "queued" || status === "running"));
    this.actions.hidden = true;
    if (status === "queued") this.elapsed.start();
    else this.elapsed.stop();
  }

  /** Tells the page, whose figures have changed. */
  #begun() {
    this.#status("running");
    this.element.dispatchEvent(new Event("begun", { bubbles: true }));
  }

  /** @param {boolean} isWhole */
  #show(isWhole) {
    this.#pace.cancel();
    this.view.show(this.text, isWhole);
    this.#grown();
  }

  /** Tells the page, which keeps the end in sight. */
  #grown() {
    this.element.dispatchEvent(new Event("grown", { bubbles: true }));
  }

  /** @param {string} sentence @param {"waiting" | "calm" | "problem"} [kind] */
  #say(sentence, kind = "calm") {
    if (this.said.textContent === sentence) return;
    this.said.textContent = sentence;
    this.note.dataset.kind = kind;
    this.note.hidden = !sentence;
    this.#grown();
  }
}

/** @param {string} name @param {() => void} act */
const action = (name, act) => make("button", { type: "button", class: "quiet", click: act }, name);

/** @param {Event} event a click somewhere in an answer */
function copyCode({ target }) {
  const button = target instanceof Element ? target.closest(".copy-code") : null;
  const code = button?.closest(".code")?.querySelector("code")?.textContent;
  if (button && code) copy(code, button);
}

/** @param {string} text @param {Element} button that was pressed */
async function copy(text, button) {
  await navigator.clipboard.writeText(text);
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), 1500);
}
