/**
 * Runs a function of in_pyodide.py inside Pyodide on Node:
 * `node in_pyodide.mjs FOLDER PACKAGES FUNCTION [JSON]`.
 *
 * Bytecode must come from the very Python that will read it. FOLDER is that Python's /work, PACKAGES
 * is where the host keeps pyodide-build; the function gets the JSON's keys as arguments, and its
 * result is printed as JSON.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadPyodide } from "pyodide";

const [folder, packages, name, argumentsJson = "{}"] = process.argv.slice(2);
const env = {
  HOME: "/home/pyodide",
  PYTHONDONTWRITEBYTECODE: "1", // the host's packages stay as they are
  PYTHONOPTIMIZE: "2",
  SOURCE_DATE_EPOCH: "315532800", // 1980, where zip's time begins: the same input makes the same bytes
};
const python = await loadPyodide({ env, stdout: (line) => console.error(line) });
python.mountNodeFS("/work", folder);
python.mountNodeFS("/packages", packages);
python.runPython(readFileSync(fileURLToPath(new URL("in_pyodide.py", import.meta.url)), "utf8"));
python.globals.set("arguments_json", argumentsJson);
console.log(
  python.runPython(`import json; sys.path.append("/packages"); json.dumps(${name}(**json.loads(arguments_json)))`),
);
