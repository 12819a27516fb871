/**
 * Donating, as a page sees it: start, pause, resume, stop, and a goodbye when the tab closes.
 *
 * Nothing is loaded before startDonating is called. The work happens in a module Web Worker, whose
 * timers a hidden tab does not slow down.
 */

import { stayAwake } from "./awake.js";

const STOP_PATIENCE_MS = 3000;

// Under `require-trusted-types-for 'script'` a worker's address must come from a named policy.
const workerUrl = new URL("./worker.js", import.meta.url).href;
const policy = globalThis.trustedTypes?.createPolicy("ashao", { createScriptURL: () => workerUrl });

/**
 * Starts donating with a model of `GET /api/models`.
 * @param {{
 *   model: import("./engine.js").Model, tiers: string[],
 *   onEvent: (event: import("./bridge.js").Event) => void,
 * }} options
 * @returns {{pause(): void, resume(): void, stop(): Promise<void>}} stop resolves when the GPU is free again
 */
export function startDonating({ model, tiers, onEvent }) {
  const worker = new Worker(policy?.createScriptURL(workerUrl) ?? workerUrl, { type: "module" });
  /** @type {{workerId: string, token: string} | undefined} */
  let registration;
  let sayStopped;
  const stopped = new Promise((resolve) => (sayStopped = resolve));

  worker.addEventListener("message", ({ data }) => {
    if (data.kind === "stopped") return sayStopped();
    const { event } = data;
    if (event.type === "registered") registration = { workerId: event.workerId, token: event.token };
    onEvent(event);
  });
  worker.addEventListener("error", () => {
    onEvent({ type: "state", state: "error", message: "The worker could not be started. Reload the page to try again." });
  });

  const sayGoodbye = () => {
    if (!registration) return;
    const body = new Blob([JSON.stringify(registration)], { type: "application/json" });
    navigator.sendBeacon("/api/worker/release", body);
  };
  addEventListener("pagehide", sayGoodbye);
  const letSleep = stayAwake();

  worker.postMessage({ kind: "start", model: { ...model }, tiers, server: location.origin });
  return {
    pause: () => worker.postMessage({ kind: "pause" }),
    resume: () => worker.postMessage({ kind: "resume" }),
    async stop() {
      const patience = setTimeout(() => sayStopped(sayGoodbye()), STOP_PATIENCE_MS);
      worker.postMessage({ kind: "stop" });
      await stopped;
      clearTimeout(patience);
      worker.terminate();
      letSleep();
      removeEventListener("pagehide", sayGoodbye);
      onEvent({ type: "state", state: "idle" });
    },
  };
}
