/**
 * The Web Worker's entry: boots Python and the model side by side and hands them to each other.
 */

import { bootPython } from "./boot.js";
import { bridgeTo, startPython } from "./bridge.js";
import { faultOf } from "./fault.js";
import { LlamaEngine } from "./llama_engine.js";
import { WebLlmEngine } from "./webllm_engine.js";

const ENGINES = { webllm: WebLlmEngine, wllama: LlamaEngine };

/** @type {import("./engine.js").Engine | undefined} */
let engine;
/** @type {ReturnType<typeof startPython> | undefined} */
let pythonWorker;

self.addEventListener("message", ({ data }) => handle(data).catch(fail));

/** @param {import("./bridge.js").ToWorker} message */
function handle(message) {
  switch (message.kind) {
    case "start":
      return start(message);
    case "pause":
      return pause();
    case "resume":
      return resume();
    case "stop":
      return stop();
  }
}

/** @param {import("./bridge.js").ToWorker & {kind: "start"}} message */
async function start({ model, tiers, server }) {
  report({ type: "state", state: "loading" });
  const [python, loaded] = await Promise.all([
    bootPython(),
    ENGINES[model.engine].load(
      model,
      (progress) => report({ type: "progress", ...progress }),
      fail,
    ),
  ]);
  engine = loaded;
  pythonWorker = startPython(python, bridgeTo(engine, report), {
    server,
    engine: engine.name,
    model: model.id,
    tiers,
    contextTokens: engine.contextTokens,
    abilities: engine.abilities,
  });
}

async function pause() {
  await pythonWorker?.pause();
}

async function resume() {
  await pythonWorker?.resume();
}

async function stop() {
  await pythonWorker?.stop();
  pythonWorker = undefined;
  await engine?.unload();
  engine = undefined;
  post({ kind: "stopped" });
}

/**
 * Ends donating with a sentence for the page; Python stops first, so that it claims nothing more.
 * @param {unknown} error
 */
async function fail(error) {
  const { message, cause, code } = faultOf(error);
  console.error(message, cause);
  const ended = pythonWorker;
  pythonWorker = undefined;
  try {
    await ended?.stop();
  } finally {
    report({ type: "state", state: "error", message, code });
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
