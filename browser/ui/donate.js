/**
 * The donor page: choose a model, start, watch, stop. Nothing heavy is loaded before Start.
 */

import { requireGpu } from "../wgpu-shim/webgpu.js";
import * as api from "./api.js";
import { Earnings } from "./earnings.js";
import { byId, make } from "./element.js";
import { showAccount } from "./masthead.js";
import { showNetwork } from "./network.js";
import { patiently, pause } from "./patience.js";
import { counted, figure, sized } from "./words.js";

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

class DonorPage {
  /** @type {api.Model[]} */
  #models = [];
  /** What runs: startDonating's result. */
  #donation;
  #isPaused = false;
  #jobsDone = 0;
  #earnings = new Earnings();

  constructor() {
    this.state = byId("state");
    this.model = byId("model");
    this.facts = byId("model-facts");
    this.start = byId("start");
    this.stop = byId("stop");
    this.pause = byId("pause");
    this.loading = byId("loading");
    this.start.addEventListener("click", () => this.#start());
    this.stop.addEventListener("click", () => this.#stop());
    this.pause.addEventListener("click", () => this.#togglePause());
    this.model.addEventListener("change", () => this.#describe());
  }

  /** Lists the models, and says at once when this browser cannot donate. */
  async open() {
    try {
      await Promise.all([requireGpu(), this.#offer()]);
      this.start.disabled = this.#models.length === 0;
    } catch (problem) {
      this.#show("error", problem.message);
    }
  }

  async #offer() {
    this.#models = await patiently(api.models);
    const groups = [
      make("optgroup", { label: "To try it out" }, ...this.#models.filter((each) => each.demonstration).map(option)),
      make("optgroup", { label: "Models" }, ...this.#models.filter((each) => !each.demonstration).map(option)),
    ];
    this.model.replaceChildren(...groups.filter((group) => group.childElementCount > 0));
    this.model.disabled = false;
    this.#describe();
  }

  get #chosen() {
    return this.#models.find(({ id }) => id === this.model.value);
  }

  #describe() {
    this.facts.textContent = this.#chosen ? factsOf(this.#chosen) : "No model is offered right now.";
  }

  async #start() {
    this.#isPaused = false;
    this.#show("loading");
    this.#jobsDone = 0;
    this.#earnings.begin();
    byId("load-progress").removeAttribute("value");
    byId("load-text").textContent = "Fetching what is needed …";
    try {
      const { startDonating } = await import("../wgpu-shim/page.js");
      const donation = startDonating({
        model: this.#chosen,
        tiers: TIERS,
        onEvent: (event) => this.#donation === donation && this.#on(event),
      });
      this.#donation = donation;
    } catch {
      this.#show("error", "The worker could not be loaded. Reload the page to try again.");
    }
  }

  async #stop() {
    const donation = this.#donation;
    if (!donation) return; // it stops already, or has not begun
    this.#donation = undefined;
    this.state.textContent = "Stopping …"; // the button stays as it is: disabled, it would lose the focus
    await donation.stop();
    this.#show("idle", "Stopped. Thank you.");
  }

  #togglePause() {
    this.#isPaused = !this.#isPaused;
    this.pause.textContent = this.#isPaused ? "Resume" : "Pause";
    if (this.#isPaused) this.#donation?.pause();
    else this.#donation?.resume();
  }

  /** @param {import("../wgpu-shim/bridge.js").Event} event */
  #on(event) {
    if (event.type === "progress") {
      byId("load-progress").value = event.fraction;
      byId("load-text").textContent = event.text;
    } else if (event.type === "stats") this.#count(event);
    else if (event.type === "state" && event.state !== "idle") this.#show(event.state, event.message);
    if (event.type === "state" && event.state === "error") this.#giveUp();
  }

  /** The worker said why it cannot go on; what it holds is let go of. */
  #giveUp() {
    this.#donation?.stop();
    this.#donation = undefined;
  }

  /** @param {{jobsDone: number, tokens: number, tokensPerSecond: number}} stats */
  #count({ jobsDone, tokens, tokensPerSecond }) {
    byId("jobs-done").textContent = figure(jobsDone);
    byId("tokens").textContent = figure(tokens);
    byId("speed").textContent = tokensPerSecond ? tokensPerSecond.toFixed(1) : "–";
    const thanks = byId("thanks");
    thanks.hidden = jobsDone === 0;
    thanks.textContent = `You helped with ${counted(jobsDone, "answer")}. Thank you.`;
    if (jobsDone > this.#jobsDone) this.#earn();
    this.#jobsDone = jobsDone;
  }

  async #earn() {
    await pause(SETTLED_MS);
    const credits = await this.#earnings.soFar();
    if (credits === null) return;
    byId("earned-figure").hidden = false;
    byId("earned").textContent = figure(credits);
    showAccount();
  }

  /** @param {import("../wgpu-shim/bridge.js").State} state @param {string} [message] */
  #show(state, message) {
    const isRunning = state !== "idle" && state !== "error";
    this.state.dataset.state = state;
    this.state.textContent = message || SENTENCES[state];
    this.loading.hidden = state !== "loading";
    const hadFocus = [this.start, this.stop].includes(document.activeElement);
    this.start.hidden = isRunning;
    this.stop.hidden = !isRunning;
    this.pause.hidden = !isRunning || state === "loading";
    if (hadFocus) (isRunning ? this.stop : this.start).focus();
    if (state === "idle" || state === "error") this.pause.textContent = "Pause";
    this.model.disabled = isRunning || this.#models.length === 0;
    document.title = isRunning ? `${SENTENCES[state]} · ashao` : TITLE;
  }
}

/** @param {api.Model} model */
function option({ id, name, demonstration, sizeMb, vramMb }) {
  const size = demonstration ? sizeMb : vramMb;
  return make("option", { value: id }, size ? `${name} · ${sized(size)}` : name);
}

/** @param {api.Model} model */
function factsOf({ demonstration, url, sizeMb, vramMb }) {
  if (demonstration) return "Recites one text, whatever it is asked: enough to see everything work.";
  const host = new URL(url, location.origin).host;
  const from = host === location.host ? "this server" : host;
  const size = sizeMb ? `${sized(sizeMb)} are` : "It is";
  const memory = vramMb ? ` Needs about ${sized(vramMb)} of graphics memory.` : "";
  return `${size} downloaded once, from ${from}.${memory}`;
}

new DonorPage().open();
showNetwork(byId("network"));
showAccount();
