/**
 * Which models fit a machine, and the three that are offered first: a lighter one, the one that suits it, a
 * stronger one. Models are as `GET /api/models` lists them.
 *
 * @typedef {import("./api.js").Model} Model
 * @typedef {import("../wgpu-shim/machine.js").Machine} Machine
 * @typedef {{gpu: number | null, processor: number | null}} Measured gigabytes a second that are read
 */

import { sized } from "./words.js";

/** Of a machine's memory, how much a model may take: with a graphics card, and on the processor. */
const SHARES = {
  gpu: { recommended: 0.35, stronger: 0.7 },
  processor: { recommended: 0.08, stronger: 0.2 },
};
const PLEASANT = 8; // tokens a second, below which nothing is recommended
/** Of what memory gives at most, the part that an engine gets out of it when it writes one answer. */
const EFFICIENCY = { gpu: 0.5, processor: 0.25 };

/** What a model takes of memory, in MB. @param {Model} model */
export const memoryOf = ({ vramMb, sizeMb }) => vramMb ?? sizeMb ?? 0;

/** @param {Model} model @param {Machine} machine */
const placeOf = ({ engine }, { noGpu }) =>
  noGpu && engine === "wllama" ? "processor" : /** @type {const} */ ("gpu");

/**
 * Why a model does not fit, as a sentence; "" where it may.
 * @param {Model} model @param {Machine} machine
 */
export function problemOf(model, machine) {
  if (machine.noGpu && model.engine === "webllm") return "It needs a graphics card.";
  if (!machine.noGpu && !model.features.every((each) => machine.features.includes(each)))
    return "This graphics card lacks 16-bit arithmetic, which it needs.";
  const share = SHARES[placeOf(model, machine)].stronger;
  if (memoryOf(model) > machine.memoryMb * share)
    return `It takes about ${sized(memoryOf(model))} of memory, more than this machine should give.`;
  if (machine.roomMb !== null && memoryOf(model) > machine.roomMb)
    return `Its download does not fit into the ${sized(machine.roomMb)} that this browser keeps.`;
  return "";
}

/**
 * About how many tokens a second, for each of which the whole model is read once; null before it was measured.
 * @param {Model} model @param {Machine} machine @param {Measured} measured
 */
export function speedOf(model, machine, measured) {
  const place = placeOf(model, machine);
  const gigabytes = (model.sizeMb ?? memoryOf(model)) / 1000;
  const bandwidth = measured[place];
  return bandwidth && gigabytes ? (bandwidth * EFFICIENCY[place]) / gigabytes : null;
}

/**
 * The three, as far as there are so many; only models of which the catalogue says why.
 * @param {Model[]} models @param {Machine} machine @param {Measured} measured
 * @returns {{lighter?: Model, recommended?: Model, stronger?: Model}}
 */
export function threeOf(models, machine, measured) {
  const fitting = models
    .filter((each) => each.reason && !each.demonstration && !problemOf(each, machine))
    .sort((one, other) => memoryOf(one) - memoryOf(other));
  const suits = (/** @type {Model} */ model) => {
    const speed = speedOf(model, machine, measured);
    const share = SHARES[placeOf(model, machine)].recommended;
    return speed === null ? memoryOf(model) <= machine.memoryMb * share : speed >= PLEASANT;
  };
  const recommended = fitting.filter(suits).at(-1) ?? fitting[0];
  if (!recommended) return {};
  const weight = memoryOf(recommended);
  const lighter = fitting.filter((each) => memoryOf(each) < weight)[0];
  const isBearable = (/** @type {Model} */ model) =>
    (speedOf(model, machine, measured) ?? PLEASANT) >= PLEASANT / 2;
  const stronger = fitting.filter((each) => memoryOf(each) > weight && isBearable(each)).at(-1);
  return { ...(lighter && { lighter }), recommended, ...(stronger && { stronger }) };
}
