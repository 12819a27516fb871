/**
 * Where WebLLM's random numbers stand in the middle of an answer: an answer that is continued draws the
 * very numbers that it would have drawn uninterrupted.
 *
 * Its generator is state -> 48271 * state mod (2^31 - 1). Each token draws one number, a greedy one too.
 * A state below 1 is refused but kept, and breaks every answer after it.
 */

const MODULUS = 2 ** 31 - 1;
const MULTIPLIER = 48271;

/**
 * The seed that stands for the generator after some tokens; always from 1 up.
 * @param {number} seed any integer
 * @param {number} tokens how many it has drawn for
 */
export function seedAfter(seed, tokens) {
  let state = ((seed % MODULUS) + MODULUS) % MODULUS || 1;
  for (let drawn = 0; drawn < tokens; drawn += 1) state = (state * MULTIPLIER) % MODULUS;
  return state;
}
