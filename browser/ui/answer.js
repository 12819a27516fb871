/**
 * One answer on the page: its text as it grows, how it stands, and what can be done with it.
 *
 * `data-status` is queued, running, done or failed; a stopped answer has failed, but says so calmly.
 */

import { make } from "./element.js";
import { MarkdownView } from "./render.js";
import { Thinking } from "./thinking.js";

const STOPPED = "Stopped.";
const CANCELLED = "cancelled"; // what the orchestrator says of an answer that its reader stopped
const WAITING = "Looking for a free machine …";

export class Answer {
  text = "";
  /** Empty until the orchestrator has named it. */
  jobId = "";
  /** The same for every repeat of that message. */
  idempotencyKey = "";
  #frame = 0;

  /**
   * @param {import("./api.js").Message} message the question as it was or will be sent
   * @param {(answer: Answer) => void} onRetry
   */
  constructor(message, onRetry) {
    this.message = message;
    this.thinking = new Thinking();
    this.body = make("div", { class: "answer-text" });
    this.note = make("p", { class: "answer-note", hidden: true });
    this.copy = make(
      "button",
      { type: "button", class: "quiet", click: () => this.#copy() },
      "Copy",
    );
    this.retry = make(
      "button",
      { type: "button", class: "quiet", click: () => onRetry(this) },
      "Retry",
    );
    this.actions = make("div", { class: "answer-actions", hidden: true }, this.copy, this.retry);
    const parts = [this.thinking.element, this.body, this.note, this.actions];
    this.element = make("article", { class: "answer" }, ...parts);
    this.view = new MarkdownView(this.body);
    this.begin();
  }

  /** Starts from nothing: the first time, again after a failure, or for another reading. */
  begin() {
    this.text = "";
    this.thinking.clear();
    this.#show();
    this.#status("queued");
    this.#say(WAITING, "waiting");
  }

  /** @param {string} jobId */
  nameJob(jobId) {
    this.jobId = jobId;
    this.element.dataset.jobId = jobId;
  }

  /** @param {number | undefined} position how many are ahead; undefined when not in the queue */
  queued(position) {
    this.thinking.cut();
    if (this.text || this.thinking.text)
      return this.#say("The next machine takes over …", "waiting");
    const place = position === 0 ? "You are next." : `${position} ahead of you.`;
    this.#say(position === undefined ? WAITING : `Waiting for a free machine. ${place}`, "waiting");
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
    this.#frame ||= requestAnimationFrame(() => this.#show());
  }

  #running() {
    if (this.element.dataset.status !== "running") this.#status("running");
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
    this.#say("");
  }

  /** @param {string} message a sentence */
  failed(message) {
    const isCalm = message === CANCELLED;
    this.#end("failed");
    this.#say(isCalm ? STOPPED : message, isCalm ? "calm" : "problem");
  }

  /** Shows an answer as the history has it. @param {import("./api.js").StoredMessage} stored */
  restore({ content, status, jobId }) {
    this.nameJob(jobId);
    this.text = content;
    if (status === "done") this.done();
    else this.failed(status === CANCELLED ? CANCELLED : "This answer could not be finished.");
  }

  /** @param {"done" | "failed"} status */
  #end(status) {
    this.thinking.end();
    this.#show();
    this.#status(status);
    this.retry.hidden = status === "done";
    this.copy.hidden = !this.text || !navigator.clipboard; // browsers keep it from addresses without https
    this.actions.hidden = this.retry.hidden && this.copy.hidden;
    this.#grown();
  }

  /** @param {"queued" | "running" | "done" | "failed"} status */
  #status(status) {
    this.element.dataset.status = status;
    // A screen reader reads the answer once it is whole, not each syllable.
    this.element.setAttribute("aria-busy", String(status === "queued" || status === "running"));
    this.actions.hidden = true;
  }

  #show() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.view.show(this.text);
    this.#grown();
  }

  /** Tells the page, which keeps the end in sight. */
  #grown() {
    this.element.dispatchEvent(new Event("grown", { bubbles: true }));
  }

  /** @param {string} sentence @param {"waiting" | "calm" | "problem"} [kind] */
  #say(sentence, kind = "calm") {
    if (this.note.textContent === sentence) return;
    this.note.textContent = sentence;
    this.note.dataset.kind = kind;
    this.note.hidden = !sentence;
    this.#grown();
  }

  async #copy() {
    await navigator.clipboard.writeText(this.text);
    this.copy.textContent = "Copied";
    setTimeout(() => (this.copy.textContent = "Copy"), 1500);
  }
}
