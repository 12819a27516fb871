/** The quiet line under an answer: who wrote it, as far as the server tells. */

import { make } from "./element.js";
import { counted } from "./words.js";

/** @typedef {{kind: string, model: string, machines: number}} Writers of whom the last one is described */

const SIMULATION = "simulation";
const WRITERS = new Map([
  ["browser", "a volunteer's browser tab"],
  ["native", "a native machine"],
  ["cloud", "the cloud"],
  [SIMULATION, "the simulation"],
]);

/** @param {Writers} writers */
export function bylineOf({ kind, model, machines }) {
  const writer = WRITERS.get(kind) ?? "a machine";
  const name = kind === SIMULATION || !model ? "" : ` with ${model}`;
  if (machines > 1)
    return `${counted(machines, "machine")} wrote this, the last one ${writer}${name}.`;
  return `Written by ${writer}${name}.`;
}

export class Byline {
  constructor() {
    this.element = make("p", { class: "byline", dir: "auto", hidden: true });
  }

  /** @param {Writers | undefined} writers */
  show(writers) {
    this.element.hidden = !writers;
    this.element.replaceChildren();
    if (!writers) return;
    if (writers.kind === SIMULATION)
      this.element.append(make("span", { class: "badge", text: "Simulated" }));
    this.element.append(bylineOf(writers));
  }
}
