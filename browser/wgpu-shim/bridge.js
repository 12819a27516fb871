/**
 * Every word that crosses a border here: page <-> worker messages, and the methods Python may call.
 *
 * JSON strings cross to Python and back, never proxies.
 *
 * | from   | to     | kind    | carries              |
 * |--------|--------|---------|----------------------|
 * | page   | worker | start   | model, tiers, server |
 * | page   | worker | pause   |                      |
 * | page   | worker | resume  |                      |
 * | page   | worker | stop    |                      |
 * | worker | page   | event   | event (one of Event) |
 * | worker | page   | stopped |                      |
 *
 * Of the states only `error` is an end: whoever donates has to start again. Trouble that may pass, such
 * as a server that is away, is `paused` with a message, and the worker goes on by itself.
 *
 * @typedef {"idle" | "loading" | "ready" | "working" | "paused" | "error"} State
 * @typedef {{type: "state", state: State, message?: string, code?: string}
 *   | {type: "progress", fraction: number, text: string}
 *   | {type: "registered", workerId: string, token: string}
 *   | {type: "stats", jobsDone: number, tokens: number, tokensPerSecond: number}} Event
 * @typedef {{kind: "start", model: import("./engine.js").Model, tiers: string[], server: string}
 *   | {kind: "pause"} | {kind: "resume"} | {kind: "stop"}} ToWorker
 * @typedef {{kind: "event", event: Event} | {kind: "stopped"}} ToPage
 *
 * @typedef {{
 *   server: string, engine: string, model: string, tiers: string[], contextTokens: number, abilities: string[],
 * }} Config
 * @typedef {{destroy(): void}} Proxy of something in Python, which lives until it is destroyed
 * @typedef {Proxy & (() => void | (Promise<void> & Proxy))} Method
 * @typedef {Proxy & Record<"pause" | "resume" | "stop", Method>} BrowserWorker
 */

import { Fault, faultOf } from "./fault.js";

/**
 * What Python sees. `generate` resolves with JSON {"finish"} and rejects with an Error whose message is
 * JSON {"code", "message"}; Pyodide destroys the proxy of onBatch when it settles.
 * @param {import("./engine.js").Engine} engine
 * @param {(event: Event) => void} report
 */
export function bridgeTo(engine, report) {
  return {
    /**
     * @param {string} requestJson {"id", "messages", "params", "grammar"}
     * @param {(batchJson: string) => void} onBatch
     */
    async generate(requestJson, onBatch) {
      try {
        return JSON.stringify({ finish: await engine.generate(JSON.parse(requestJson), onBatch) });
      } catch (error) {
        throw faultOf(error).toBridgeError();
      }
    },

    /** @param {string} id */
    interrupt(id) {
      engine.interrupt(id);
    },

    /** @param {string} eventJson */
    report(eventJson) {
      report(JSON.parse(eventJson));
    },
  };
}

/**
 * Starts the worker's Python over the bridge. The returned calls run Python and leave no proxy behind.
 * @param {import("pyodide").PyodideInterface} python
 * @param {ReturnType<typeof bridgeTo>} bridge
 * @param {Config} config
 * @returns {{pause(): Promise<void>, resume(): Promise<void>, stop(): Promise<void>}}
 */
export function startPython(python, bridge, config) {
  const worker = callStart(python, bridge, JSON.stringify(config));
  return {
    pause: () => call(worker, "pause"),
    resume: () => call(worker, "resume"),
    async stop() {
      await call(worker, "stop");
      worker.destroy();
    },
  };
}

/**
 * @param {import("pyodide").PyodideInterface} python
 * @param {ReturnType<typeof bridgeTo>} bridge
 * @param {string} configJson
 * @returns {BrowserWorker}
 */
function callStart(python, bridge, configJson) {
  try {
    const start = python.pyimport("ashao_worker.homes.pyodide.start");
    const worker = start(bridge, configJson);
    start.destroy();
    return worker;
  } catch (error) {
    throw new Fault(
      "no_python",
      "The worker's Python code could not be started. Reload the page to try again.",
      error,
    );
  }
}

/**
 * Calls a Python method, waits when it is a coroutine, and destroys every proxy on the way.
 * @param {BrowserWorker} worker @param {"pause" | "resume" | "stop"} name
 */
async function call(worker, name) {
  const method = worker[name];
  const result = method();
  method.destroy();
  try {
    await result;
  } finally {
    if (result) result.destroy();
  }
}
