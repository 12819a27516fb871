/**
 * The donor page: choose a model, start, watch, stop. Nothing heavy is loaded before Start.
 */

import { requireGpu } from "../wgpu-shim/webgpu.js";
import * as api from "./api.js";
import { Earnings } from "./earnings.js";
import { byId, make } from "./element.js";
import { showAccount } from "./masthead.js";
import { showNetwork } from "./network.js";
import { sleep, withRetries } from "./retry.js";
import { counted, figure, sized } from "./words.js";

const TIERS = ["pro"]; // what browsers serve
const SETTLED_MS = 1500; // an answer is paid a moment after it ends
const VERY_SMALL_MB = 500;
const TITLE = document.title;
const SENTENCES = {
  idle: "Not started",
  loading: "Loading the model …",
  ready: "Ready: waiting for a question",
  working: "Answering a question",
  paused: "Paused",
  error: "This did not work.",
};

/** Everything on the page that changes or is pressed. */
const page = {
  state: byId("state", HTMLElement),
  model: byId("model", HTMLSelectElement),
  facts: byId("model-facts", HTMLElement),
  start: byId("start", HTMLButtonElement),
  stop: byId("stop", HTMLButtonElement),
  pause: byId("pause", HTMLButtonElement),
  loading: byId("loading", HTMLElement),
  loadProgress: byId("load-progress", HTMLProgressElement),
  loadText: byId("load-text", HTMLElement),
  jobsDone: byId("jobs-done", HTMLElement),
  tokens: byId("tokens", HTMLElement),
  speed: byId("speed", HTMLElement),
  earnedFigure: byId("earned-figure", HTMLElement),
  earned: byId("earned", HTMLElement),
  thanks: byId("thanks", HTMLElement),
  network: byId("network", HTMLElement),
};

class DonorPage {
  /** @type {api.Model[]} */
  #models = [];
  /** Why no graphics card can be used; "" where one can. */
  #noGpu = "";
  /** What runs. @type {ReturnType<typeof import("../wgpu-shim/page.js").startDonating> | undefined} */
  #donation;
  /** From Start to whatever ends the donation: a new one with each Start. @type {object | undefined} */
  #run;
  #isPaused = false;
  #jobsDone = 0;
  #earnings = new Earnings();

  constructor() {
    page.start.addEventListener("click", () => this.#start());
    page.stop.addEventListener("click", () => this.#stop());
    page.pause.addEventListener("click", () => this.#togglePause());
    page.model.addEventListener("change", () => this.#describe());
  }

  /** Lists the models, and says at once when this browser cannot donate, or only more slowly. */
  async open() {
    try {
      const [listed, noGpu] = await Promise.all([withRetries(api.models), gpuProblem()]);
      this.#noGpu = noGpu;
      this.#models = listed.filter((model) => !noGpu || runsOnProcessor(model));
      this.#offer();
      if (noGpu && this.#models.length === 0) this.#show("error", noGpu);
      else if (noGpu)
        this.#show("idle", `${noGpu} This machine can help on its processor, more slowly.`);
      page.start.disabled = this.#models.length === 0;
    } catch (problem) {
      this.#show("error", api.sentenceOf(problem));
    }
  }

  #offer() {
    const groups = [
      make("optgroup", { label: "To try it out" }, ...this.#models.filter(isToTry).map(option)),
      make(
        "optgroup",
        { label: "Models" },
        ...this.#models.filter((each) => !isToTry(each)).map(option),
      ),
    ];
    page.model.replaceChildren(...groups.filter((group) => group.childElementCount > 0));
    page.model.disabled = this.#models.length === 0;
    this.#describe();
  }

  get #chosen() {
    return this.#models.find(({ id }) => id === page.model.value);
  }

  #describe() {
    page.facts.textContent = this.#chosen
      ? factsOf(this.#chosen, !this.#noGpu)
      : "No model is offered right now.";
  }

  async #start() {
    const model = this.#chosen;
    if (!model) return;
    const run = {};
    this.#run = run;
    this.#isPaused = false;
    this.#show("loading");
    this.#jobsDone = 0;
    this.#earnings.begin();
    page.loadProgress.removeAttribute("value");
    page.loadText.textContent = "Fetching what is needed …";
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
  }

  /** @param {import("../wgpu-shim/bridge.js").Event} event */
  #on(event) {
    if (event.type === "progress") {
      page.loadProgress.value = event.fraction;
      page.loadText.textContent = event.text;
    } else if (event.type === "stats") this.#count(event);
    else if (event.type === "state" && event.state !== "idle")
      this.#show(event.state, event.message);
    if (event.type === "state" && event.state === "error") this.#endRun();
  }

  /** The worker said why it cannot go on; what it holds is let go of. */
  #endRun() {
    this.#donation?.stop();
    this.#run = this.#donation = undefined;
  }

  /** @param {{jobsDone: number, tokens: number, tokensPerSecond: number}} stats */
  #count({ jobsDone, tokens, tokensPerSecond }) {
    page.jobsDone.textContent = figure(jobsDone);
    page.tokens.textContent = figure(tokens);
    page.speed.textContent = tokensPerSecond ? tokensPerSecond.toFixed(1) : "–";
    const thanks = page.thanks;
    thanks.hidden = jobsDone === 0;
    thanks.textContent = `You helped with ${counted(jobsDone, "answer")}. Thank you.`;
    if (jobsDone > this.#jobsDone) this.#earn();
    this.#jobsDone = jobsDone;
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
    const isRunning = state !== "idle" && state !== "error";
    page.state.dataset.state = state;
    page.state.textContent = message || SENTENCES[state];
    page.loading.hidden = state !== "loading";
    const hadFocus = [page.start, page.stop].some((button) => button === document.activeElement);
    page.start.hidden = isRunning;
    page.stop.hidden = !isRunning;
    page.pause.hidden = !isRunning || state === "loading";
    if (hadFocus) (isRunning ? page.stop : page.start).focus();
    if (state === "idle" || state === "error") page.pause.textContent = "Pause";
    page.model.disabled = isRunning || this.#models.length === 0;
    document.title = isRunning ? `${SENTENCES[state]} · ashao` : TITLE;
  }
}

/** Why no graphics card can be used here, as a sentence; "" where one can. */
const gpuProblem = () => requireGpu().then(() => "", api.sentenceOf);

/** llama.cpp does, WebLLM does not. @param {api.Model} model */
const runsOnProcessor = ({ engine }) => engine === "wllama";

/** @param {api.Model} model */
const isVerySmall = ({ engine, sizeMb }) => engine === "wllama" && (sizeMb ?? 0) < VERY_SMALL_MB;

/** @param {api.Model} model */
const isToTry = (model) => model.demonstration || isVerySmall(model);

/** @param {api.Model} model */
function option(model) {
  const { id, name, demonstration, sizeMb, vramMb } = model;
  const size = demonstration ? sizeMb : (vramMb ?? sizeMb);
  const said = isVerySmall(model) ? `${name} · very small` : name;
  return make("option", { value: id }, size ? `${said} · ${sized(size)}` : said);
}

/** @param {api.Model} model @param {boolean} hasGpu */
function factsOf(model, hasGpu) {
  const { demonstration, url, sizeMb, vramMb } = model;
  if (demonstration)
    return "Recites one text, whatever it is asked: enough to see everything work.";
  const host = new URL(url, location.origin).host;
  const from = host === location.host ? "this server" : host;
  const size = sizeMb ? `${sized(sizeMb)} are` : "It is";
  const memory = vramMb ? ` Needs about ${sized(vramMb)} of graphics memory.` : "";
  const small = isVerySmall(model) ? "Very small, often wrong, real. " : "";
  const runs = hasGpu ? "" : " Runs on your processor, slower than on a graphics card.";
  return `${small}${size} downloaded once, from ${from}.${memory}${runs}`;
}

new DonorPage().open();
showNetwork(page.network);
showAccount();
