/**
 * WebLLM behind the Engine interface: load with progress, generate in batches, interrupt, unload.
 *
 * The chat template is applied by template.js and the raw completions API is used for every answer, so
 * that an answer continued from a prefix is decoded exactly as one that was never interrupted. WebLLM
 * offers neither its tokenizer nor an answer's tokens while streaming; `#pipeline` is the one place that
 * reaches for them (the version of WebLLM is pinned).
 */

import { finalCharacters, wholeCharacters } from "./characters.js";
import { Engine, loss } from "./engine.js";
import { fault, faultOf } from "./fault.js";
import { splitPrefix } from "./history.js";
import { fitPrompt, renderRaw } from "./prompt.js";
import { seedAfter } from "./seed.js";
import { safeLength } from "./stop_strings.js";
import { renderPrompt } from "./template.js";
import { requireGpu, watchDevices } from "./webgpu.js";

export class WebLlmEngine extends Engine {
  #engine;
  #config;
  #modelId;

  /**
   * @param {import("./engine.js").Model} model
   * @param {(progress: import("./engine.js").Progress) => void} onProgress
   * @param {(fault: import("./fault.js").Fault) => void} onLost
   * @throws {import("./fault.js").Fault}
   */
  static async load(model, onProgress, onLost) {
    await requireGpu(model.features);
    const { lost, lose } = loss();
    watchDevices(lose);
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

  /**
   * @param {import("./webllm.js").MLCEngine} engine with its model loaded
   * @param {string} modelId
   * @param {Promise<never>} lost rejects with a Fault when the device is lost
   */
  constructor(engine, modelId, lost) {
    super(lost);
    this.#engine = engine;
    this.#modelId = modelId;
    this.#config = engine.loadedModelIdToChatConfig.get(modelId) ?? throwDeviceLost();
  }

  /** @override */
  get name() {
    return `webllm ${WEBLLM_VERSION}`;
  }

  /** How many tokens prompt and answer may hold together. @override */
  get contextTokens() {
    const { context_window_size: whole, sliding_window_size: sliding } = this.#config;
    return whole > 0 ? whole : sliding;
  }

  /** Frees the GPU. @override */
  async unload() {
    await this.#engine.unload();
  }

  /**
   * @override
   * @param {import("./engine.js").GenerateRequest} request
   * @param {import("./batches.js").Batches} batches
   * @param {AbortSignal} signal
   * @returns {Promise<import("./engine.js").Finish>}
   */
  async write({ messages, params = {} }, batches, signal) {
    const stops = [...this.#template.stop_str, ...(params.stop ?? [])];
    const chunks = await this.#engine.completions.create(await this.#completion(messages, params));
    let lead = "";
    let written = "";
    let sent = 0;
    let tokens = 0;
    let finish = "stop";
    for await (const { choices } of chunks) {
      if (signal.aborted) {
        batches.flush();
        return "interrupted"; // leaving the loop ends WebLLM's generation
      }
      if (written === "" && choices[0].text) written = lead = this.#lostSpace(messages);
      written += choices[0].text;
      finish = choices[0].finish_reason ?? finish;
      const safe = safeLength(written, stops);
      if (safe <= sent) continue;
      batches.add(wholeCharacters(written).slice(sent, safe), this.#tokensOfAnswer - tokens);
      tokens = this.#tokensOfAnswer;
      sent = safe;
    }
    const rest = finalCharacters(lead + (await this.#engine.getMessage())).slice(sent);
    if (rest) batches.add(rest, this.#tokensOfAnswer - tokens);
    batches.flush();
    return finish === "length" ? "length" : "stop";
  }

  /**
   * @param {import("./history.js").Message[]} messages @param {import("./engine.js").Params} params
   * @returns {Promise<import("./webllm.js").Completion>}
   */
  async #completion(messages, { temperature, topP, maxTokens, stop, seed, raw }) {
    const prompt = await fitPrompt({
      messages,
      windowTokens: this.contextTokens,
      maxTokens,
      render: (each) =>
        raw ? this.#opening + renderRaw(each) : renderPrompt(this.#template, each, this.#opening),
      countTokens: (text) => this.#countTokens(text),
    });
    return {
      prompt,
      stream: true,
      temperature,
      top_p: topP,
      max_tokens: maxTokens,
      stop,
      seed:
        seed !== undefined && Number.isInteger(seed)
          ? seedAfter(seed, this.#tokensOfPrefix(prompt, messages))
          : undefined,
    };
  }

  /** @param {string} prompt @param {import("./template.js").Message[]} messages */
  #tokensOfPrefix(prompt, messages) {
    const { prefix } = splitPrefix(messages);
    return (
      this.#countTokens(prompt) - this.#countTokens(prompt.slice(0, prompt.length - prefix.length))
    );
  }

  /**
   * The space before the first word of a continuation: WebLLM decodes it as if a text began there, and
   * tokenizers that write "▁" for a space take away a text's first.
   * @param {import("./template.js").Message[]} messages
   */
  #lostSpace(messages) {
    const { tokenizer, outputIds } = this.#pipeline;
    if (!splitPrefix(messages).prefix || outputIds.length === 0) return "";
    const token = tokenizer.idToToken(outputIds[0]).replaceAll("▁", " ");
    return token === ` ${tokenizer.decode(Int32Array.of(outputIds[0]))}` ? " " : "";
  }

  /** @param {string} text */
  #countTokens(text) {
    return this.#pipeline.tokenizer.encode(text).length;
  }

  get #pipeline() {
    return this.#engine.loadedModelIdToPipeline.get(this.#modelId) ?? throwDeviceLost();
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
 * @param {import("./engine.js").Model} model @param {string} origin where addresses without a host are
 */
export function recordOf({ id, url, library, overrides }, origin) {
  return {
    model_id: id,
    model: new URL(url, origin).href,
    model_lib: new URL(library, origin).href,
    overrides,
  };
}

/** @returns {never} */
function throwDeviceLost() {
  throw fault("device_lost");
}
