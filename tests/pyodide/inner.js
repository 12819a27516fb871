/**
 * The Web Worker that runs the worker's tests: boots Pyodide with the worker's wheel as boot.js does,
 * unpacks pytest and the tests, posts the results.
 */

import { loadPyodide } from "./pyodide.mjs";

const here = (name) => new URL(name, import.meta.url).href;
const bytes = async (name) => (await fetch(here(name))).arrayBuffer();
const text = async (name) => (await fetch(here(name))).text();

const wheel = new Uint8Array(await bytes("ashao_worker.whl"));
const python = await loadPyodide({
  indexURL: here("./"),
  stdLibURL: here("stdlib.zip"),
  env: { HOME: "/home/pyodide", PYTHONPATH: "/ashao_worker.whl" },
  fsInit: async (fs) => fs.writeFile("/ashao_worker.whl", wheel),
});
for (const name of JSON.parse(await text("wheels.json"))) {
  python.unpackArchive(await bytes(name), "wheel");
}
python.unpackArchive(await bytes("tests.zip"), "zip", { extractDir: "/suite" });
python.runPython(await text("inner.py"));
self.postMessage(await python.runPythonAsync("run_tests()"));
