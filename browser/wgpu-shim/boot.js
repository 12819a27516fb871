/**
 * Python in the worker: Pyodide from this site's own files, with the worker's wheel in place.
 *
 * The standard library is trimmed bytecode and the wheel is put into the file system before Python
 * starts, so nothing is compiled, unpacked or resolved. In development micropip installs the wheel,
 * by the lock file that names everything this site offers. Knows nothing of models.
 */

import { loadPyodide } from "pyodide";
import { Fault } from "./fault.js";

const BASE = new URL("./", import.meta.url).href;
const WORKER = "ashao-worker";
const WHEEL = "/ashao_worker.whl";
const TIMEOUT_MS = 120_000;
/** @typedef {NonNullable<Parameters<typeof loadPyodide>[0]>} Options */
/** @typedef {Promise<{packages: Record<string, {file_name: string}>}>} Lock */

const EMPTY_WASM = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/**
 * Starts Python. Loading Pyodide never settles when its wasm is blocked, so a watchdog ends the wait.
 * @returns {Promise<import("pyodide").PyodideInterface>}
 * @throws {Fault} with code no_python
 */
export async function bootPython(timeoutMs = TIMEOUT_MS) {
  requireWebAssembly();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let watchdog;
  /** @type {Promise<never>} */
  const timeout = new Promise((_, reject) => {
    const sentence =
      "Python did not start in time. The connection may be slow or something blocks this site's files.";
    watchdog = setTimeout(() => reject(new Fault("no_python", sentence)), timeoutMs);
  });
  try {
    return await Promise.race([load(), timeout]);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault(
      "no_python",
      "Python could not be started in this browser. Reload the page to try again.",
      error,
    );
  } finally {
    clearTimeout(watchdog);
  }
}

function load() {
  const lock = fetchFile("pyodide-lock.json").then((response) => response.json());
  /** @type {Options} */
  const options = {
    indexURL: BASE,
    packageBaseUrl: BASE,
    stdLibURL: `${BASE}stdlib.zip`,
    lockFileContents: lock,
  };
  return IS_DEVELOPMENT ? loadAndInstall(options) : loadWithWheel(options, lock);
}

/** @param {Options} options @param {Lock} lock */
function loadWithWheel(options, lock) {
  const wheel = lock
    .then(({ packages }) => fetchFile(packages[WORKER].file_name))
    .then((response) => response.arrayBuffer());
  return loadPyodide({
    ...options,
    env: { HOME: "/home/pyodide", PYTHONPATH: WHEEL },
    fsInit: async (fs) => fs.writeFile(WHEEL, new Uint8Array(await wheel)),
  });
}

/** @param {Options} options */
async function loadAndInstall(options) {
  const python = await loadPyodide({ ...options, packages: ["micropip"] });
  const micropip = python.pyimport("micropip");
  await micropip.install(WORKER);
  micropip.destroy();
  return python;
}

/** @param {string} name */
async function fetchFile(name) {
  const response = await fetch(BASE + name);
  if (!response.ok) throw new Error(`${name} answered ${response.status}`);
  return response;
}

function requireWebAssembly() {
  try {
    new WebAssembly.Module(EMPTY_WASM);
  } catch {
    throw new Fault(
      "no_python",
      "This browser, or this site's security policy, does not allow WebAssembly.",
    );
  }
}
