/**
 * What every engine in a tab is to the bridge: it writes one answer at a time into batches, can be
 * interrupted, and says when it is lost. What runs the model is in the classes that extend this one.
 *
 * @typedef {{
 *   id: string, url: string, engine: "webllm" | "wllama", library: string,
 *   features?: string[], overrides?: Record<string, number>, chatTemplate?: string | null,
 * }} Model
 * @typedef {{temperature?: number, topP?: number, maxTokens?: number, stop?: string[], seed?: number, raw?: boolean}} Params
 * @typedef {{
 *   id: string, messages: import("./history.js").Message[], params?: Params, grammar?: string | null,
 * }} GenerateRequest `grammar` is GBNF of all that may be written; without one, anything may
 * @typedef {"stop" | "length" | "interrupted"} Finish
 * @typedef {{fraction: number, text: string}} Progress
 */

import { Batches } from "./batches.js";
import { faultOf } from "./fault.js";

export class Engine {
  /** Of each answer that has begun; one may outlast a slow prefill. @type {Map<string, AbortController>} */
  #running = new Map();
  #lost;

  /** @param {Promise<never>} lost rejects with a Fault when the engine is gone */
  constructor(lost) {
    this.#lost = lost;
  }

  /**
   * Writes one answer.
   * @param {GenerateRequest} request
   * @param {(batchJson: string) => void} onBatch
   * @returns {Promise<Finish>}
   * @throws {import("./fault.js").Fault}
   */
  async generate(request, onBatch) {
    const running = new AbortController();
    this.#running.set(request.id, running);
    try {
      const answer = this.write(request, new Batches(onBatch), running.signal);
      return await Promise.race([answer, this.#lost]);
    } catch (error) {
      throw faultOf(error);
    } finally {
      this.#running.delete(request.id);
    }
  }

  /** Stops the answer with this id before its next token; any other id is ignored. @param {string} id */
  interrupt(id) {
    this.#running.get(id)?.abort();
  }

  /**
   * Writes one answer, until the signal; throws whatever went wrong.
   * @abstract
   * @param {GenerateRequest} _request @param {Batches} _batches @param {AbortSignal} _signal
   * @returns {Promise<Finish>}
   */
  async write(_request, _batches, _signal) {
    throw new Error("an engine writes");
  }

  /** What it is called, and its version. @abstract @returns {string} */
  get name() {
    throw new Error("an engine has a name");
  }

  /** How many tokens prompt and answer may hold together. @abstract @returns {number} */
  get contextTokens() {
    throw new Error("an engine has a window");
  }

  /** What not every engine can do, in the words of docs/api.md. @returns {string[]} */
  get abilities() {
    return [];
  }

  /** Frees the device. @abstract @returns {Promise<void>} */
  async unload() {}
}

/**
 * A promise that only ever rejects, with the first fault that `lose` is given.
 * @returns {{lost: Promise<never>, lose: (fault: import("./fault.js").Fault) => void}}
 */
export function loss() {
  /** @type {(fault: import("./fault.js").Fault) => void} */
  let lose = () => {};
  /** @type {Promise<never>} */
  const lost = new Promise((_, reject) => (lose = reject));
  lost.catch(() => {}); // a loss while loading is thrown there
  return { lost, lose };
}
