/**
 * WebLLM behind the Engine interface: load with progress, generate in batches, interrupt, unload.
 *
 * The chat template is applied by template.js and the raw completions API is used for every answer, so
 * that an answer continued from a prefix is decoded exactly as one that was never interrupted. WebLLM
 * offers neither its tokenizer nor an answer's tokens while streaming; `#pipeline` is the one place that
 * reaches for them (the version of WebLLM is pinned).
 */

import { Batches } from "./batches.js";
import { fault, faultOf } from "./fault.js";
import { safeLength, wholeCharacters } from "./seam.js";
import { seedAfter } from "./seed.js";
import { fitPrompt, splitPrefix } from "./template.js";
import { watchDevices } from "./webgpu.js";

/**
 * @typedef {{
 *   id: string, url: string, library: string, features?: string[], overrides?: Record<string, number>,
 * }} Model
 * @typedef {{temperature?: number, topP?: number, maxTokens?: number, stop?: string[], seed?: number}} Params
 * @typedef {{id: string, messages: import("./template.js").Message[], params?: Params}} GenerateRequest
 * @typedef {"stop" | "length" | "interrupted"} Finish
 */

export class WebLlmEngine {
  #engine;
  #config;
  #modelId;
  /** Whether each answer that has begun is to stop; one may outlast a slow prefill. @type {Map<string, boolean>} */
  #isInterrupted = new Map();
  /** Rejects with a Fault when the device is lost. @type {Promise<never>} */
  #lost;

  /**
   * @param {Model} model
   * @param {(progress: {fraction: number, text: string}) => void} onProgress
   * @param {(fault: import("./fault.js").Fault) => void} onLost
   * @throws {import("./fault.js").Fault}
   */
  static async load(model, onProgress, onLost) {
    let loseDevice;
    const lost = new Promise((_, reject) => (loseDevice = reject));
    lost.catch(() => {}); // a loss while loading is thrown below
    watchDevices(loseDevice);
    const webllm = await import("./webllm.js");
    const engine = new webllm.MLCEngine({
      appConfig: { model_list: [recordOf(model, self.location.origin)] },
      logLevel: "ERROR",
      initProgressCallback: ({ progress, text }) => onProgress({ fraction: progress, text }),
    });
    try {
      await Promise.race([engine.reload(model.id), lost]);
    } catch (error) {
      throw faultOf(error);
    }
    lost.catch(onLost);
    return new WebLlmEngine(engine, model.id, lost);
  }

  constructor(engine, modelId, lost) {
    this.#engine = engine;
    this.#modelId = modelId;
    this.#lost = lost;
    this.#config = engine.loadedModelIdToChatConfig.get(modelId);
  }

  /** How many tokens prompt and answer may hold together. */
  get contextTokens() {
    const { context_window_size: whole, sliding_window_size: sliding } = this.#config;
    return whole > 0 ? whole : sliding;
  }

  /**
   * Writes one answer.
   * @param {GenerateRequest} request
   * @param {(batchJson: string) => void} onBatch
   * @returns {Promise<Finish>}
   * @throws {import("./fault.js").Fault}
   */
  async generate(request, onBatch) {
    this.#isInterrupted.set(request.id, false);
    try {
      return await Promise.race([this.#stream(request, new Batches(onBatch)), this.#lost]);
    } catch (error) {
      throw faultOf(error);
    } finally {
      this.#isInterrupted.delete(request.id);
    }
  }

  /** Stops the answer with this id before its next token; any other id is ignored. @param {string} id */
  interrupt(id) {
    if (this.#isInterrupted.has(id)) this.#isInterrupted.set(id, true);
  }

  /** Frees the GPU. */
  async unload() {
    await this.#engine.unload();
  }

  async #stream({ id, messages, params = {} }, batches) {
    const stops = [...this.#template.stop_str, ...(params.stop ?? [])];
    const chunks = await this.#engine.completions.create(this.#completion(messages, params));
    let lead = "";
    let written = "";
    let sent = 0;
    let tokens = 0;
    let finish = "stop";
    for await (const { choices } of chunks) {
      if (this.#isInterrupted.get(id)) {
        batches.flush();
        return "interrupted"; // leaving the loop ends WebLLM's generation
      }
      if (written === "" && choices[0].text) written = lead = this.#lostSpace(messages);
      written += choices[0].text;
      finish = choices[0].finish_reason ?? finish;
      const safe = safeLength(written, stops);
      if (safe <= sent) continue;
      batches.add(written.slice(sent, safe), this.#tokensOfAnswer - tokens);
      tokens = this.#tokensOfAnswer;
      sent = safe;
    }
    const rest = wholeCharacters(lead + (await this.#engine.getMessage())).slice(sent);
    if (rest) batches.add(rest, this.#tokensOfAnswer - tokens);
    batches.flush();
    return finish === "length" ? "length" : "stop";
  }

  #completion(messages, { temperature, topP, maxTokens, stop, seed }) {
    const prompt = fitPrompt({
      template: this.#template,
      messages,
      opening: this.#opening,
      windowTokens: this.contextTokens,
      maxTokens,
      countTokens: (text) => this.#countTokens(text),
    });
    return {
      prompt,
      stream: true,
      temperature,
      top_p: topP,
      max_tokens: maxTokens,
      stop,
      seed: Number.isInteger(seed) ? seedAfter(seed, this.#tokensOfPrefix(prompt, messages)) : undefined,
    };
  }

  #tokensOfPrefix(prompt, messages) {
    const { prefix } = splitPrefix(messages);
    return this.#countTokens(prompt) - this.#countTokens(prompt.slice(0, prompt.length - prefix.length));
  }

  /**
   * The space before the first word of a continuation: WebLLM decodes it as if a text began there, and
   * tokenizers that write "▁" for a space take away a text's first.
   */
  #lostSpace(messages) {
    const { tokenizer, outputIds } = this.#pipeline;
    if (!splitPrefix(messages).prefix || outputIds.length === 0) return "";
    const token = tokenizer.idToToken(outputIds[0]).replaceAll("▁", " ");
    return token === ` ${tokenizer.decode(Int32Array.of(outputIds[0]))}` ? " " : "";
  }

  #countTokens(text) {
    return this.#pipeline.tokenizer.encode(text).length;
  }

  get #pipeline() {
    return this.#engine.loadedModelIdToPipeline.get(this.#modelId) ?? lostPipeline();
  }

  get #tokensOfAnswer() {
    return this.#pipeline.getCurRoundCompletionTotalTokens();
  }

  get #template() {
    return { ...this.#config.conv_template, ...this.#config.conv_config };
  }

  /** Raw completions leave out the token ids that open a chat, so they are written as text. */
  get #opening() {
    const ids = this.#template.system_prefix_token_ids ?? [];
    return ids.map((id) => this.#pipeline.tokenizer.idToToken(id)).join("");
  }
}

/**
 * A model as WebLLM lists it.
 * @param {Model} model @param {string} origin where addresses without a host are
 */
export function recordOf({ id, url, library, overrides }, origin) {
  return { model_id: id, model: new URL(url, origin).href, model_lib: new URL(library, origin).href, overrides };
}

function lostPipeline() {
  throw fault("device_lost");
}
