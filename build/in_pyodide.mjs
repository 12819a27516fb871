/**
 * Runs a function of in_pyodide.py inside Pyodide on Node: `node in_pyodide.mjs FOLDER FUNCTION [JSON]`.
 *
 * Bytecode must come from the very Python that will read it. FOLDER is that Python's /work; the
 * function gets the JSON's keys as arguments, and its result is printed as JSON.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadPyodide } from "pyodide";

const [folder, name, argumentsJson = "{}"] = process.argv.slice(2);
const python = await loadPyodide({ stdout: (line) => console.error(line) });
python.mountNodeFS("/work", folder);
python.runPython(readFileSync(fileURLToPath(new URL("in_pyodide.py", import.meta.url)), "utf8"));
python.globals.set("arguments_json", argumentsJson);
console.log(python.runPython(`import json; json.dumps(${name}(**json.loads(arguments_json)))`));
