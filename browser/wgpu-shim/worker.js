/**
 * The Web Worker's entry: boots Python and the model side by side and hands them to each other.
 */

import { bootPython } from "./boot.js";
import { bridgeTo, startPython } from "./bridge.js";
import { WebLlmEngine } from "./engine.js";
import { faultOf } from "./fault.js";
import { requireGpu } from "./webgpu.js";

/** @type {Record<string, (message: any) => Promise<void>>} */
const ON_MESSAGE = { start, pause, resume, stop };

/** @type {WebLlmEngine | undefined} */
let engine;
/** @type {ReturnType<typeof startPython> | undefined} */
let donor;

self.addEventListener("message", ({ data }) => ON_MESSAGE[data.kind](data).catch(giveUp));

/** @param {import("./bridge.js").ToWorker & {kind: "start"}} message */
async function start({ model, tiers, server }) {
  report({ type: "state", state: "loading" });
  await requireGpu(model.features);
  const [python, loaded] = await Promise.all([
    bootPython(),
    WebLlmEngine.load(model, (progress) => report({ type: "progress", ...progress }), giveUp),
  ]);
  engine = loaded;
  donor = startPython(python, bridgeTo(engine, report), {
    server,
    model: model.id,
    tiers,
    contextTokens: engine.contextTokens,
  });
}

async function pause() {
  await donor?.pause();
}

async function resume() {
  await donor?.resume();
}

async function stop() {
  await donor?.stop();
  donor = undefined;
  await engine?.unload();
  engine = undefined;
  post({ kind: "stopped" });
}

/** Ends donating with a sentence for the page; Python stops first, so that it claims nothing more. */
async function giveUp(error) {
  const { message, cause } = faultOf(error);
  console.error(message, cause);
  const ended = donor;
  donor = undefined;
  try {
    await ended?.stop();
  } finally {
    report({ type: "state", state: "error", message });
  }
}

/** @param {import("./bridge.js").Event} event */
function report(event) {
  post({ kind: "event", event });
}

/** @param {import("./bridge.js").ToPage} message */
function post(message) {
  self.postMessage(message);
}
