/**
 * Asking again when the network or the server is away for a moment.
 */

import { ApiError } from "./api.js";

const DELAYS_MS = [400, 1200, 3000, 6000];

/** @param {number} ms @returns {Promise<void>} */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks until there is an answer, or a refusal that asking again would not change.
 * @template Reply
 * @param {() => Promise<Reply>} ask throws ApiError
 * @param {() => boolean} [isWanted] asked before each further try
 * @param {() => void} [onTrouble] called after each failed try
 * @returns {Promise<Reply>}
 */
export async function withRetries(ask, isWanted = () => true, onTrouble = () => {}) {
  for (const delayMs of DELAYS_MS) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ApiError && error.isTransient)) throw error;
      onTrouble();
      await sleep(delayMs);
      if (!isWanted()) throw error;
    }
  }
  return ask();
}
