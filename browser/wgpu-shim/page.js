/**
 * Donating, as a page sees it: start, pause, resume, stop, and a goodbye when the tab closes.
 *
 * Nothing is loaded before startDonating is called. The work happens in a module Web Worker, whose
 * timers a hidden tab does not slow down.
 */

import { stayAwake } from "./awake.js";

const STOP_TIMEOUT_MS = 3000;

// Under `require-trusted-types-for 'script'` a worker's address must come from a named policy.
const workerUrl = new URL("./worker.js", import.meta.url).href;
const policy = window.trustedTypes?.createPolicy("ashao", { createScriptURL: (_) => workerUrl });
// Workers take such an address, although TypeScript knows only of strings.
const trustedUrl = /** @type {string} */ (
  /** @type {unknown} */ (policy?.createScriptURL(workerUrl) ?? workerUrl)
);

/**
 * Starts donating with a model of `GET /api/models`.
 * @param {{
 *   model: import("./engine.js").Model, tiers: string[],
 *   onEvent: (event: import("./bridge.js").Event) => void,
 * }} options
 * @returns {{pause(): void, resume(): void, stop(): Promise<void>}} stop resolves when the GPU is free again
 */
export function startDonating({ model, tiers, onEvent }) {
  const worker = new Worker(trustedUrl, { type: "module" });
  /** @type {{workerId: string, token: string} | undefined} */
  let registration;
  let resolveStopped = () => {};
  /** @type {Promise<void>} */
  const stopped = new Promise((resolve) => (resolveStopped = resolve));

  worker.addEventListener(
    "message",
    (/** @type {MessageEvent<import("./bridge.js").ToPage>} */ { data }) => {
      if (data.kind === "stopped") return resolveStopped();
      const { event } = data;
      if (event.type === "registered")
        registration = { workerId: event.workerId, token: event.token };
      onEvent(event);
    },
  );
  worker.addEventListener("error", () => {
    onEvent({
      type: "state",
      state: "error",
      message: "The worker could not be started. Reload the page to try again.",
    });
  });

  const releaseWorker = () => {
    if (!registration) return;
    const body = new Blob([JSON.stringify(registration)], { type: "application/json" });
    navigator.sendBeacon("/api/worker/release", body);
  };
  addEventListener("pagehide", releaseWorker);
  const releaseLock = stayAwake();

  worker.postMessage({ kind: "start", model: { ...model }, tiers, server: location.origin });
  return {
    pause: () => worker.postMessage({ kind: "pause" }),
    resume: () => worker.postMessage({ kind: "resume" }),
    async stop() {
      const timeout = setTimeout(() => {
        releaseWorker();
        resolveStopped();
      }, STOP_TIMEOUT_MS);
      worker.postMessage({ kind: "stop" });
      await stopped;
      clearTimeout(timeout);
      worker.terminate();
      releaseLock();
      removeEventListener("pagehide", releaseWorker);
      onEvent({ type: "state", state: "idle" });
    },
  };
}
