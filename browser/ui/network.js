/**
 * The network's live figures as one line; asks rarely, and only while somebody looks.
 */

import * as api from "./api.js";
import { counted } from "./words.js";

const EVERY_MS = 10_000;

/** @param {HTMLElement} line where the figures stand */
export function showNetwork(line) {
  let timer = 0;
  const refresh = async () => {
    clearTimeout(timer);
    if (document.hidden) return;
    try {
      line.textContent = sentence(await api.network());
      line.dataset.alive = "true";
    } catch {
      line.textContent = "The network cannot be reached right now.";
      line.dataset.alive = "false";
    }
    timer = setTimeout(refresh, EVERY_MS);
  };
  document.addEventListener("visibilitychange", refresh);
  refresh();
}

/** @param {import("./api.js").Network} network */
function sentence({ workers, working, queued, jobsDone, provider }) {
  const machines = workers.browser + workers.native;
  const waiting = queued.pro + queued.max;
  const parts = [
    machines ? `${counted(machines, "machine")} sharing` : withoutMachines(provider),
    working && `${working} at work`,
    waiting && `${waiting} waiting`,
    jobsDone && counted(jobsDone, "answer") + " so far",
  ];
  return parts.filter(Boolean).join(" · ");
}

/** @param {string | null} provider */
function withoutMachines(provider) {
  if (provider === "simulated") return "Nobody is sharing right now: answers are simulated";
  return provider ? `Nobody is sharing right now: ${provider} answers` : "Nobody is sharing right now";
}
