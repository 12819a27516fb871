/**
 * Whether this browser can donate GPU time, and when it no longer can. Knows nothing of models.
 */

import { Fault, fault } from "./fault.js";

/** @type {Record<string, string>} */
const FEATURE_NAMES = { "shader-f16": "16-bit arithmetic in shaders" };

/**
 * The adapter of a GPU with these features, once it answers; otherwise throws a Fault with a plain sentence.
 * @param {string[]} features WebGPU features that the model needs
 * @param {GPU | null} [gpu]
 */
export async function requireGpu(features = [], gpu = globalThis.navigator?.gpu) {
  if (!gpu) {
    throw new Fault("no_webgpu", "This browser has no WebGPU, so it cannot use a graphics card.");
  }
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new Fault(
      "no_adapter",
      "WebGPU is here, but no graphics card answers. Updated drivers or hardware acceleration in the browser's settings may help.",
    );
  }
  const missing = features.find((feature) => !adapter.features.has(feature));
  if (missing) {
    const name = FEATURE_NAMES[missing] ?? missing;
    throw new Fault(
      "no_feature",
      `This model needs ${name}, which this graphics card lacks. Choose another model.`,
    );
  }
  return adapter;
}

/**
 * Calls onLost once a GPU device is lost or runs out of memory.
 *
 * WebLLM keeps its device to itself and goes quiet when it is lost, so every device that is
 * requested from now on is watched where it is made. A device that is destroyed on purpose is not lost.
 * @param {(fault: Fault) => void} onLost
 */
export function watchDevices(onLost, adapterClass = globalThis.GPUAdapter) {
  const requestDevice = adapterClass.prototype.requestDevice;
  /** @this {GPUAdapter} @param {GPUDeviceDescriptor} [descriptor] */
  adapterClass.prototype.requestDevice = async function (descriptor) {
    const device = await requestDevice.call(this, descriptor);
    let memoryRanOut = false;
    device.addEventListener("uncapturederror", ({ error }) => {
      if (error?.constructor?.name !== "GPUOutOfMemoryError") return;
      memoryRanOut = true;
      onLost(fault("out_of_memory"));
    });
    device.lost.then(({ reason, message }) => {
      if (reason === "destroyed" || memoryRanOut) return;
      onLost(fault(/memory/i.test(message) ? "out_of_memory" : "device_lost"));
    });
    return device;
  };
}
