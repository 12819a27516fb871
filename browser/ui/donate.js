/**
 * The donor page: choose a model, start, watch, stop. Nothing heavy is loaded before Start.
 */

import { lookAtMachine } from "../wgpu-shim/machine.js";
import * as api from "./api.js";
import { Earnings } from "./earnings.js";
import { byId } from "./element.js";
import { Loading } from "./loading.js";
import { showAccount } from "./masthead.js";
import { ModelChoice } from "./model_choice.js";
import { showNetwork } from "./network.js";
import { sleep, withRetries } from "./retry.js";
import { counted, figure } from "./words.js";

const TIERS = ["pro"]; // what browsers serve
const SETTLED_MS = 1500; // an answer is paid a moment after it ends
const TITLE = document.title;
const SENTENCES = {
  idle: "Not started",
  loading: "Loading the model …",
  ready: "Ready: waiting for a question",
  working: "Answering a question",
  paused: "Paused",
  error: "This did not work.",
};
const PAUSING = "Pausing once this answer is whole …";
/** After a lost graphics device, such as by a driver that started anew: in so many ms, then no more. */
const COME_BACK_MS = [2000, 10_000, 60_000];
const WELL_AGAIN_MS = 600_000;

/** Everything on the page that changes or is pressed. */
const page = {
  state: byId("state", HTMLElement),
  start: byId("start", HTMLButtonElement),
  stop: byId("stop", HTMLButtonElement),
  pause: byId("pause", HTMLButtonElement),
  jobsDone: byId("jobs-done", HTMLElement),
  tokens: byId("tokens", HTMLElement),
  speed: byId("speed", HTMLElement),
  earnedFigure: byId("earned-figure", HTMLElement),
  earned: byId("earned", HTMLElement),
  thanks: byId("thanks", HTMLElement),
  network: byId("network", HTMLElement),
};

/** @typedef {{jobsDone: number, tokens: number}} Given */

/** @type {Given} */
const NOTHING = { jobsDone: 0, tokens: 0 };

class DonorPage {
  #choice = new ModelChoice();
  #loading = new Loading();
  /** What runs. @type {ReturnType<typeof import("../wgpu-shim/page.js").startDonating> | undefined} */
  #donation;
  /** From Start to whatever ends the donation: a new one with each Start. @type {object | undefined} */
  #run;
  #isPaused = false;
  /** @type {import("../wgpu-shim/bridge.js").State} */
  #state = "idle";
  /** Of this tab's earlier runs, and of this one. @type {[Given, Given]} */
  #given = [NOTHING, NOTHING];
  #earnings = new Earnings();
  /** When the graphics device was lost. @type {number[]} */
  #losses = [];

  constructor() {
    page.start.addEventListener("click", () => {
      this.#losses = [];
      this.#start();
    });
    page.stop.addEventListener("click", () => this.#stop());
    page.pause.addEventListener("click", () => this.#togglePause());
    this.#earnings.begin();
  }

  /** Lists the models, and says at once when this browser cannot donate, or only more slowly. */
  async open() {
    try {
      const [listed, machine] = await Promise.all([withRetries(api.models), lookAtMachine()]);
      const { noGpu } = machine;
      const models = listed.filter(({ engine }) => !noGpu || engine === "wllama");
      this.#choice.offer(models, machine);
      if (noGpu && models.length === 0) this.#show("error", noGpu);
      else if (noGpu)
        this.#show("idle", `${noGpu} This machine can help on its processor, more slowly.`);
      this.#choice.busy(false);
      page.start.disabled = models.length === 0;
    } catch (problem) {
      this.#show("error", api.sentenceOf(problem));
    }
  }

  async #start() {
    const { model } = this.#choice;
    if (!model) return;
    const run = {};
    this.#run = run;
    this.#isPaused = false;
    this.#given = [sum(...this.#given), NOTHING];
    this.#show("loading");
    this.#loading.begin(model.sizeMb);
    try {
      const { startDonating } = await import("../wgpu-shim/page.js");
      if (this.#run !== run) return; // Stop was pressed meanwhile
      this.#donation = startDonating({
        model,
        tiers: TIERS,
        onEvent: (event) => this.#run === run && this.#on(event),
      });
    } catch {
      if (this.#run !== run) return;
      this.#run = undefined;
      this.#show("error", "The worker could not be loaded. Reload the page to try again.");
    }
  }

  async #stop() {
    if (!this.#run) return; // it stops already
    const donation = this.#donation; // none while its script is fetched
    this.#run = this.#donation = undefined;
    page.state.textContent = "Stopping …"; // the button stays as it is: disabled, it would lose the focus
    await donation?.stop();
    this.#show("idle", "Stopped. Thank you.");
  }

  #togglePause() {
    this.#isPaused = !this.#isPaused;
    page.pause.textContent = this.#isPaused ? "Resume" : "Pause";
    if (this.#isPaused) this.#donation?.pause();
    else this.#donation?.resume();
    if (this.#state === "working") this.#show("working");
  }

  /** @param {import("../wgpu-shim/bridge.js").Event} event */
  #on(event) {
    if (event.type === "progress") this.#loading.reached(event.fraction);
    else if (event.type === "stats") this.#count(event);
    else if (event.type === "state" && event.state === "error") this.#fail(event);
    else if (event.type === "state" && event.state !== "idle")
      this.#show(event.state, event.message);
  }

  /**
   * The worker said why it cannot go on; what it holds is let go of. A lost device comes back.
   * @param {{message?: string, code?: string}} problem
   */
  #fail({ message, code }) {
    this.#donation?.stop();
    this.#run = this.#donation = undefined;
    const now = Date.now();
    this.#losses = [...this.#losses.filter((each) => now - each < WELL_AGAIN_MS), now];
    const delayMs = COME_BACK_MS[this.#losses.length - 1];
    if (code !== "device_lost" || delayMs === undefined) return this.#show("error", message);
    const run = {};
    this.#run = run;
    this.#show("loading", "The graphics device was lost. Starting again in a moment …");
    this.#loading.begin(null);
    sleep(delayMs).then(() => {
      if (this.#run === run) this.#start();
    });
  }

  /** @param {{jobsDone: number, tokens: number, tokensPerSecond: number}} stats */
  #count(stats) {
    const before = this.#given[1].jobsDone;
    this.#given = [this.#given[0], stats];
    const { jobsDone, tokens } = sum(...this.#given);
    page.jobsDone.textContent = figure(jobsDone);
    page.tokens.textContent = figure(tokens);
    page.speed.textContent = stats.tokensPerSecond ? stats.tokensPerSecond.toFixed(1) : "–";
    page.thanks.hidden = jobsDone === 0;
    page.thanks.textContent = `You helped with ${counted(jobsDone, "answer")}. Thank you.`;
    if (stats.jobsDone > before) this.#earn();
  }

  async #earn() {
    await sleep(SETTLED_MS);
    const credits = await this.#earnings.soFar();
    if (credits === null) return;
    page.earnedFigure.hidden = false;
    page.earned.textContent = figure(credits);
    showAccount();
  }

  /** @param {import("../wgpu-shim/bridge.js").State} state @param {string} [message] */
  #show(state, message) {
    this.#state = state;
    const isRunning = state !== "idle" && state !== "error";
    const sentence = state === "working" && this.#isPaused ? PAUSING : SENTENCES[state];
    page.state.dataset.state = state;
    page.state.textContent = message || sentence;
    this.#loading.element.hidden = state !== "loading";
    const hadFocus = [page.start, page.stop].some((button) => button === document.activeElement);
    page.start.hidden = isRunning;
    page.stop.hidden = !isRunning;
    page.pause.hidden = !isRunning || state === "loading";
    if (hadFocus) (isRunning ? page.stop : page.start).focus();
    if (state === "idle" || state === "error") page.pause.textContent = "Pause";
    this.#choice.busy(isRunning);
    document.title = isRunning ? `${sentence} · ashao` : TITLE;
  }
}

/** @param {Given} one @param {Given} other @returns {Given} */
const sum = (one, other) => ({
  jobsDone: one.jobsDone + other.jobsDone,
  tokens: one.tokens + other.tokens,
});

new DonorPage().open();
showNetwork(page.network);
showAccount();
