/** Which model a donor lends a machine for: three to choose from, and the whole list behind them. */

import { byId, make } from "./element.js";
import { memoryOf, problemOf, speedOf, threeOf } from "./fit.js";
import * as storage from "./storage.js";
import { sized } from "./words.js";

/** @typedef {import("./fit.js").Model} Model */
/** @typedef {import("./fit.js").Machine} Machine */
/** @typedef {import("./fit.js").Measured} Measured */

const CHOSEN = "ashao.model";
const MEASURED = "ashao.measured";
const VERY_SMALL_MB = 200;
const NAMES = { lighter: "Lighter", recommended: "Suits this machine", stronger: "Stronger" };

export class ModelChoice {
  /** @type {Model[]} */
  #models = [];
  /** @type {Machine | undefined} */
  #machine;
  #measured = remembered();
  #isBusy = true;

  constructor() {
    this.three = byId("three", HTMLFieldSetElement);
    this.select = byId("model", HTMLSelectElement);
    this.search = byId("search-models", HTMLInputElement);
    this.facts = byId("model-facts", HTMLElement);
    this.measure = byId("measure", HTMLButtonElement);
    this.select.addEventListener("change", () => this.#choose(this.select.value));
    this.three.addEventListener("change", ({ target }) => {
      if (target instanceof HTMLInputElement) this.#choose(target.value);
    });
    this.search.addEventListener("input", () => this.#list());
    this.measure.addEventListener("click", () => this.#measureAll());
  }

  /** The model that is chosen, if any is offered. */
  get model() {
    return this.#models.find(({ id }) => id === this.select.value);
  }

  /** @param {Model[]} models that can run here at all @param {Machine} machine */
  offer(models, machine) {
    this.#models = models;
    this.#machine = machine;
    this.search.hidden = models.length < 12;
    this.#list();
    const chosen = storage.browser.get(CHOSEN);
    if (models.some(({ id }) => id === chosen)) this.select.value = chosen;
    this.#show();
  }

  /** Nothing can be chosen while it runs. @param {boolean} isBusy */
  busy(isBusy) {
    this.#isBusy = isBusy;
    this.select.disabled = isBusy || this.#models.length === 0;
    this.three.disabled = this.search.disabled = this.measure.disabled = isBusy;
  }

  /** @param {string} id */
  #choose(id) {
    storage.browser.set(CHOSEN, id);
    this.#list(id);
    this.#show();
  }

  /** Fills the list; what is chosen stays in it. @param {string} chosen */
  #list(chosen = this.select.value) {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const isFound = (/** @type {Model} */ { id, name, licence }) =>
      id === chosen ||
      words.every((word) => `${id} ${name} ${licence}`.toLowerCase().includes(word));
    const found = this.#models.filter(isFound);
    const groups = [
      make("optgroup", { label: "To try it out" }, ...found.filter(isToTry).map(option)),
      make("optgroup", { label: "Models" }, ...found.filter((each) => !isToTry(each)).map(option)),
    ];
    this.select.replaceChildren(...groups.filter((group) => group.childElementCount > 0));
    if (found.some(({ id }) => id === chosen)) this.select.value = chosen;
    this.busy(this.#isBusy);
  }

  #show() {
    if (!this.#machine) return;
    const machine = this.#machine;
    const three = Object.entries(threeOf(this.#models, machine, this.#measured));
    this.three.hidden = three.length < 2;
    this.three.replaceChildren(
      make("legend", { class: "unseen", text: "Three to choose from" }),
      ...three.map(([kind, model]) => this.#card(NAMES[/** @type {keyof NAMES} */ (kind)], model)),
    );
    this.facts.textContent = this.model
      ? factsOf(this.model, machine)
      : "No model is offered right now.";
  }

  /** @param {string} name @param {Model} model */
  #card(name, model) {
    const machine = /** @type {Machine} */ (this.#machine);
    const speed = speedOf(model, machine, this.#measured);
    const said = speed ? `about ${speed < 10 ? speed.toFixed(1) : Math.round(speed)} tokens/s` : "";
    const input = make("input", {
      type: "radio",
      name: "three",
      value: model.id,
      ...(model.id === this.select.value && { checked: true }),
    });
    const facts = [sized(model.sizeMb ?? memoryOf(model)), said, model.licence];
    return make(
      "label",
      {},
      input,
      make("strong", { text: name }),
      make("span", { class: "name", text: model.name }),
      make("span", { text: model.reason }),
      make("small", { text: facts.filter(Boolean).join(" · ") }),
    );
  }

  async #measureAll() {
    this.measure.textContent = "Measuring …";
    this.busy(true);
    try {
      const { measureGpu, measureProcessor } = await import("../wgpu-shim/measure.js");
      const processor = await measureProcessor();
      this.#measured = { gpu: await measureGpu().catch(() => null), processor };
      storage.browser.set(MEASURED, JSON.stringify(this.#measured));
    } catch {
      // it cannot be fetched now: what was known before stays
    }
    this.measure.textContent = "Measure again";
    this.busy(false);
    this.#show();
  }
}

/** @returns {Measured} what this machine was measured at before */
function remembered() {
  try {
    const { gpu, processor } = JSON.parse(storage.browser.get(MEASURED));
    return { gpu: Number(gpu) || null, processor: Number(processor) || null };
  } catch {
    return { gpu: null, processor: null };
  }
}

/** @param {Model} model */
const isToTry = ({ demonstration, engine, sizeMb }) =>
  demonstration || (engine === "wllama" && (sizeMb ?? 0) < VERY_SMALL_MB);

/** @param {Model} model */
function option(model) {
  const { id, name, demonstration, sizeMb } = model;
  const size = demonstration ? sizeMb : memoryOf(model);
  return make("option", { value: id }, size ? `${name} · ${sized(size)}` : name);
}

/** @param {Model} model @param {Machine} machine */
function factsOf(model, machine) {
  const { demonstration, url, sizeMb, vramMb, reason, licence } = model;
  if (demonstration)
    return "Recites one text, whatever it is asked: enough to see everything work.";
  const host = new URL(url, location.origin).host;
  const from = host === location.host ? "this server" : host;
  return [
    reason,
    `${sizeMb ? `${sized(sizeMb)} are` : "It is"} downloaded once, from ${from}.`,
    vramMb ? `Needs about ${sized(vramMb)} of memory.` : "",
    machine.noGpu ? "Runs on your processor, slower than on a graphics card." : "",
    licence ? `Licence: ${licence}.` : "",
    problemOf(model, machine),
  ]
    .filter(Boolean)
    .join(" ");
}
