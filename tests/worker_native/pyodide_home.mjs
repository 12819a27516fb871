// Donates from Pyodide under Node with a bridge that recites; a test drives it by line on stdin.
// argv[2]: {"packages", "config", "answer", "pieceMs", "error"}. Commands: stop, pause, resume.
import { createInterface } from "node:readline";
import { loadPyodide } from "pyodide";

const { packages, config, answer, pieceMs, error } = JSON.parse(process.argv[2]);
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const interrupted = new Set();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const bridge = {
  async generate(requestJson, onBatch) {
    const { id, messages, params } = JSON.parse(requestJson);
    say({ type: "generate", messages, params });
    if (error) throw new Error(error);
    const last = messages.at(-1);
    const rest = answer.slice(last.role === "assistant" ? last.content.length : 0);
    for (let at = 0; at < rest.length && !interrupted.has(id); at += 4) {
      await pause(pieceMs);
      if (!interrupted.has(id)) {
        onBatch(JSON.stringify({ pieces: [{ text: rest.slice(at, at + 4), tokens: 1 }] }));
      }
    }
    tellTheEndOf(onBatch);
    return JSON.stringify({ finish: interrupted.has(id) ? "interrupted" : "stop" });
  },
  interrupt(id) {
    interrupted.add(id);
    say({ type: "interrupt", id });
  },
  report: (eventJson) => say(JSON.parse(eventJson)),
};

async function tellTheEndOf(proxy) {
  while (!isDestroyed(proxy)) await pause(10);
  say({ type: "proxy" });
}

function isDestroyed(proxy) {
  try {
    proxy.toString();
    return false;
  } catch {
    return true;
  }
}

const pyodide = await loadPyodide({ env: { PYTHONDONTWRITEBYTECODE: "1" } });
pyodide.mountNodeFS("/packages", packages);
pyodide.runPython("import sys; sys.path.insert(0, '/packages')");
const home = pyodide.pyimport("ashao_worker.homes.pyodide");
const donor = home.start(bridge, JSON.stringify(config));

for await (const command of createInterface({ input: process.stdin })) {
  if (command === "stop") break;
  donor[command]();
}
await donor.stop();
say({ type: "ended" });
process.exit(0);
