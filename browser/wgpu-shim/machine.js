/** What this machine has to give, as far as a page may know. Nothing is loaded or computed for it. */

import { faultOf } from "./fault.js";
import { requireGpu } from "./webgpu.js";

const USUAL_MEMORY_GB = 4; // where the browser does not say

/**
 * `noGpu` says why no graphics card can be used, "" where one can. `memoryMb` is at most what browsers
 * tell, 8 GB; `roomMb` is what this site may still keep, null where nobody knows.
 * @typedef {{
 *   noGpu: string, features: string[], memoryMb: number, roomMb: number | null, cores: number,
 * }} Machine
 */

/** @returns {Promise<Machine>} */
export async function lookAtMachine() {
  const [gpu, roomMb] = await Promise.all([lookAtGpu(), room()]);
  const { deviceMemory = USUAL_MEMORY_GB, hardwareConcurrency = 1 } =
    /** @type {Navigator & {deviceMemory?: number}} */ (navigator);
  return { ...gpu, memoryMb: deviceMemory * 1000, roomMb, cores: hardwareConcurrency };
}

async function lookAtGpu() {
  try {
    const adapter = await requireGpu();
    return { noGpu: "", features: [...(adapter.features ?? [])] };
  } catch (error) {
    return { noGpu: faultOf(error).message, features: [] };
  }
}

async function room() {
  try {
    const { quota = 0, usage = 0 } = await navigator.storage.estimate();
    return quota > 0 ? (quota - usage) / 1e6 : null;
  } catch {
    return null;
  }
}
