/**
 * Asking again when the network or the server is away for a moment.
 */

const PAUSES_MS = [400, 1200, 3000, 6000];

/** @param {number} ms @returns {Promise<void>} */
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks until there is an answer, or a refusal that asking again would not change.
 * @template Reply
 * @param {() => Promise<Reply>} ask throws ApiError
 * @param {() => boolean} [isWanted] asked before each further try
 * @returns {Promise<Reply>}
 */
export async function patiently(ask, isWanted = () => true) {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await ask();
    } catch (error) {
      if (!error.isPassing) throw error;
    }
    await pause(pauseMs);
    if (!isWanted()) break;
  }
  return ask();
}
