/** A browser that cannot donate is told so in a plain sentence; a device that goes away is noticed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { faultOf } from "../../../browser/wgpu-shim/fault.js";
import { requireGpu, watchDevices } from "../../../browser/wgpu-shim/webgpu.js";

const gpuWith = (adapter) => ({ requestAdapter: async () => adapter });

test("no WebGPU, no adapter and a missing feature each have their sentence", async () => {
  await assert.rejects(requireGpu([], null), { code: "no_webgpu", message: /no WebGPU/ });
  await assert.rejects(requireGpu([], gpuWith(null)), {
    code: "no_adapter",
    message: /no graphics card/,
  });
  const bare = gpuWith({ features: new Set() });
  await assert.rejects(requireGpu(["shader-f16"], bare), { code: "no_feature", message: /16-bit/ });
  await requireGpu(["shader-f16"], gpuWith({ features: new Set(["shader-f16"]) }));
});

class Device extends EventTarget {
  lost = new Promise((resolve) => (this.lose = resolve));
}

async function watched() {
  const device = new Device();
  class Adapter {
    async requestDevice() {
      return device;
    }
  }
  const codes = [];
  watchDevices(({ code }) => codes.push(code), Adapter);
  await new Adapter().requestDevice();
  return { device, codes };
}

test("a lost device is told once, a destroyed one is not", async () => {
  const lost = await watched();
  lost.device.lose({ reason: "unknown", message: "driver reset" });
  await lost.device.lost;
  assert.deepEqual(lost.codes, ["device_lost"]);
  const destroyed = await watched();
  destroyed.device.lose({ reason: "destroyed", message: "" });
  await destroyed.device.lost;
  assert.deepEqual(destroyed.codes, []);
});

test("running out of memory is told as that, and only once", async () => {
  class GPUOutOfMemoryError {}
  const { device, codes } = await watched();
  device.dispatchEvent(
    Object.assign(new Event("uncapturederror"), { error: new GPUOutOfMemoryError() }),
  );
  device.lose({ reason: "unknown", message: "" });
  await device.lost;
  assert.deepEqual(codes, ["out_of_memory"]);
});

test("whatever is thrown becomes a code", () => {
  const named = (name, message = "") => Object.assign(new Error(message), { name });
  assert.equal(faultOf(named("ContextWindowSizeExceededError")).code, "context_too_long");
  assert.equal(faultOf(named("DeviceLostError")).code, "device_lost");
  assert.equal(faultOf(new Error("Out of memory")).code, "out_of_memory");
  assert.equal(faultOf("what?").code, "engine_error");
  assert.match(faultOf(new TypeError("Failed to fetch")).message, /downloaded/);
});
