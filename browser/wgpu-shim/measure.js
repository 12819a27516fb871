/**
 * How fast this machine reads memory: writing a token reads the whole model once, so that this bounds its
 * speed. At most a few seconds, and only when somebody asks for it.
 */

import { requireGpu } from "./webgpu.js";

const BUDGET_MS = 3000; // for each of the two
const GPU_BYTES = 64 * 2 ** 20;
const PROCESSOR_BYTES = 64 * 2 ** 20; // more than caches hold
const WORKGROUP = 64;
const GROUPS = 1024;
const SUM = `
@group(0) @binding(0) var<storage, read> numbers: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  var sum = vec4<f32>(0);
  let step = ${WORKGROUP * GROUPS}u;
  for (var at = id.x; at < arrayLength(&numbers); at += step) { sum += numbers[at]; }
  sums[id.x] = sum.x + sum.y + sum.z + sum.w;
}`;

/** Gigabytes a second; null where there is no graphics card. @returns {Promise<number | null>} */
export async function measureGpu() {
  let device;
  try {
    device = await (await requireGpu()).requestDevice();
  } catch {
    return null;
  }
  try {
    const { STORAGE } = GPUBufferUsage;
    const numbers = device.createBuffer({ size: GPU_BYTES, usage: STORAGE });
    const sums = device.createBuffer({ size: WORKGROUP * GROUPS * 4, usage: STORAGE });
    const module = device.createShaderModule({ code: SUM });
    const pipeline = await device.createComputePipelineAsync({
      layout: "auto",
      compute: { module, entryPoint: "main" },
    });
    const bindings = [numbers, sums].map((buffer, binding) => ({ binding, resource: { buffer } }));
    const group = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: bindings,
    });
    return await bestOf(GPU_BYTES, async () => {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(GROUPS);
      pass.end();
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
    });
  } finally {
    device.destroy();
  }
}

/** Gigabytes a second, by one thread. @returns {Promise<number>} */
export function measureProcessor() {
  const numbers = new Float64Array(PROCESSOR_BYTES / 8);
  let sum = 0;
  return bestOf(PROCESSOR_BYTES, async () => {
    for (let at = 0; at < numbers.length; at += 8) sum += numbers[at]; // a line of the cache each
    if (Number.isNaN(sum)) throw new Error("never: it keeps the loop from being left out");
    await new Promise((resolve) => setTimeout(resolve));
  });
}

/** @param {number} bytes @param {() => Promise<void>} read reads them once */
async function bestOf(bytes, read) {
  const until = performance.now() + BUDGET_MS;
  let shortest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3 || (performance.now() < until && round < 60); round += 1) {
    const began = performance.now();
    await read();
    shortest = Math.min(shortest, performance.now() - began);
    if (performance.now() > until) break;
  }
  return bytes / 1e6 / Math.max(shortest, 0.1);
}
