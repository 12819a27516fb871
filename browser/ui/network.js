/**
 * The network's live figures as one line; asks rarely, and only while somebody looks.
 */

import * as api from "./api.js";
import { counted } from "./words.js";

const EVERY_MS = 10_000;

/**
 * @param {HTMLElement} line where the figures stand
 * @returns {() => void} asks now: something has just changed
 */
export function showNetwork(line) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const refresh = async () => {
    clearTimeout(timer);
    if (document.hidden) return;
    try {
      const network = await api.network();
      line.textContent = sentence(network);
      line.dataset.alive = String(machinesOf(network) > 0);
    } catch {
      line.textContent = "The network cannot be reached right now.";
      line.dataset.alive = "false";
    }
    timer = setTimeout(refresh, EVERY_MS);
  };
  document.addEventListener("visibilitychange", refresh);
  refresh();
  return refresh;
}

/** @param {import("./api.js").Network} network */
const machinesOf = ({ workers }) => workers.browser + workers.native;

/** @param {import("./api.js").Network} network */
function sentence(network) {
  const { working, queued, jobsDone, provider } = network;
  const machines = machinesOf(network);
  const waiting = queued.pro + queued.max;
  const parts = [
    machines ? `${counted(machines, "machine")} sharing` : withoutMachines(provider),
    working && `${working} at work`,
    waiting && `${waiting} waiting`,
    jobsDone && `${counted(jobsDone, "answer")} so far`,
  ];
  return parts.filter(Boolean).join(" · ");
}

/** @param {string | null} provider */
function withoutMachines(provider) {
  if (provider === "simulated") return "Nobody is sharing right now: answers are simulated";
  return provider
    ? `Nobody is sharing right now: ${provider} answers`
    : "Nobody is sharing right now";
}
