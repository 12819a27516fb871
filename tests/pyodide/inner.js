/**
 * The Web Worker that runs the worker's tests: boots Pyodide, has micropip install the worker's wheel
 * and pytest from the lock file, unpacks the tests, posts the results.
 */

import { loadPyodide } from "./pyodide.mjs";

const here = (name) => new URL(name, import.meta.url).href;
const bytes = async (name) => (await fetch(here(name))).arrayBuffer();
const text = async (name) => (await fetch(here(name))).text();

const python = await loadPyodide({
  indexURL: here("./"),
  stdLibURL: here("stdlib.zip"),
  packages: ["micropip"],
});
await python.pyimport("micropip").install(["ashao-worker", "pytest"]);
python.unpackArchive(await bytes("tests.zip"), "zip", { extractDir: "/suite" });
python.runPython(await text("inner.py"));
self.postMessage(await python.runPythonAsync("run_tests()"));
