/**
 * llama.cpp with a model, on the graphics card or the processor, and the news of its end: what it logs
 * is all that tells why it failed.
 */

import { loss } from "./engine.js";
import { Fault, faultOf } from "./fault.js";

/** The window of a processor is one that it reads before a server loses patience; batches end soon. */
const GRAPHICS_CARD = {
  name: "graphics card",
  windowTokens: 4096,
  options: { n_gpu_layers: 99_999, n_batch: 512 },
};
const PROCESSOR = {
  name: "processor",
  windowTokens: 1024,
  options: { n_gpu_layers: 0, n_batch: 32 },
};
const DEVICE_LOST = /webgpu: device (lost|error)/i;
const CRASHED = /^stack trace/i;
const LINES_KEPT = 20;

/** @typedef {import("./llama.js").Wllama} Wllama */
/** @typedef {{llama: Wllama, lost: Promise<never>}} Loaded */

/**
 * Loads the model on the graphics card where that works, else on the processor.
 * @param {new (...given: ConstructorParameters<typeof import("./llama.js").Wllama>) => Wllama} Wllama
 * @param {Blob} file
 * @param {number} windowTokens the model's own
 * @param {(device: string) => void} onDevice gets the name of each device that is tried
 * @returns {Promise<Loaded>}
 * @throws {Fault}
 */
export async function loadLlama(Wllama, file, windowTokens, onDevice) {
  if (await hasGpu()) {
    try {
      onDevice(GRAPHICS_CARD.name);
      return await loadOn(GRAPHICS_CARD, Wllama, file, windowTokens);
    } catch (error) {
      console.warn("The graphics card cannot run this model, so the processor does.", error);
    }
  }
  onDevice(PROCESSOR.name);
  return await loadOn(PROCESSOR, Wllama, file, windowTokens);
}

/** Whether llama.cpp can use a graphics card: it must be able to wait for it inside WebAssembly. */
async function hasGpu() {
  return "Suspending" in WebAssembly && !!(await navigator.gpu?.requestAdapter());
}

/**
 * @param {typeof PROCESSOR} device
 * @param {Parameters<typeof loadLlama>[0]} Wllama @param {Blob} file @param {number} windowTokens
 * @returns {Promise<Loaded>}
 */
async function loadOn(device, Wllama, file, windowTokens) {
  const { lost, lose } = loss();
  const llama = new Wllama(
    { default: "llama.wasm" }, // its worker knows the address
    { logger: loggerFor(lose), ...WITHOUT_STORAGE },
  );
  llama.setCompat(COMPAT);
  const n_ctx = Math.min(device.windowTokens, windowTokens);
  const options = { ...device.options, n_ctx, n_parallel: 1, n_threads: 1 };
  try {
    await Promise.race([llama.loadModel([file], options), lost]);
  } catch (error) {
    await llama.exit();
    throw faultOf(error);
  }
  return { llama, lost };
}

/** Which browsers need it wllama knows; its own choice would come from a CDN. */
const COMPAT = {
  wasm: "llama-compat.wasm", // its worker knows the address
  worker: { code: "/* a file of ours */" },
};

/** wllama keeps no files for us, and would throw where a browser has no storage for them. */
const WITHOUT_STORAGE = /** @type {{cacheManager: any, modelManager: any}} */ ({
  cacheManager: {},
  modelManager: {},
});

/** @param {(fault: Fault) => void} lose */
function loggerFor(lose) {
  /** @type {string[]} */
  const lines = [];
  const silent = () => {};
  return {
    debug: silent,
    log: silent,
    warn: silent,
    /** @param {unknown[]} said */
    error(...said) {
      lines.push(said.map(String).join(" "));
      lines.splice(0, lines.length - LINES_KEPT);
      const text = lines.join("\n");
      if (DEVICE_LOST.test(text) || CRASHED.test(lines.at(-1) ?? "")) lose(causeOf(text));
    },
  };
}

/** @param {string} log */
function causeOf(log) {
  const found = faultOf(new Error(log));
  if (found.code !== "engine_error") return found;
  return new Fault("device_lost", "The model's engine broke down. Press Start to try again.", log);
}
