/**
 * llama.cpp in WebAssembly (wllama) behind the Engine interface: load with progress, generate in
 * batches, interrupt, unload.
 *
 * A chat template writes the prompt, the model's own where the server names none, and raw completions
 * are used for every answer, so that an answer continued from a prefix is decoded as one that was never
 * interrupted. At random it is another one, as llama.cpp's generator cannot be set to where the prefix
 * left it: so whoever asks for no temperature gets the most probable words.
 */

import { download, forget } from "./download.js";
import { Engine } from "./engine.js";
import { fault, faultOf } from "./fault.js";
import { readHeader } from "./gguf.js";
import { splitPrefix } from "./history.js";
import { chatTemplate } from "./jinja.js";
import { loadLlama } from "./llama_load.js";
import { fitPrompt, renderRaw } from "./prompt.js";
import { seedAfter } from "./seed.js";

const COUNTED = /request \((\d+) tokens\) exceeds/;

/** @typedef {Pick<import("./llama.js").Wllama, "createCompletion" | "getLoadedContextInfo" | "exit">} Llama */

export class LlamaEngine extends Engine {
  #llama;
  #name;
  #render;
  #padding;

  /**
   * @param {import("./engine.js").Model} model
   * @param {(progress: import("./engine.js").Progress) => void} onProgress
   * @param {(fault: import("./fault.js").Fault) => void} onLost
   * @throws {import("./fault.js").Fault}
   */
  static async load(model, onProgress, onLost) {
    const url = new URL(model.url, self.location.origin).href;
    try {
      const [{ Wllama, Template }, file] = await Promise.all([
        import("./llama.js"),
        download(url, (bytes, total) => onProgress(progressOf(bytes, total))),
      ]);
      const onDevice = (/** @type {string} */ device) =>
        onProgress({ fraction: 1, text: `Starting the model on the ${device} …` });
      const opened = open(Wllama, file, onDevice).catch((error) => drop(url, error));
      const { header, llama, lost } = await opened;
      const spoken = { ...header, chatTemplate: model.chatTemplate ?? header.chatTemplate };
      lost.catch(onLost);
      const { add_bos_token } = llama.getLoadedContextInfo();
      const name = `llama.cpp ${Wllama.getLibllamaVersion()}`;
      const render = chatTemplate(Template, spoken, add_bos_token);
      return new LlamaEngine(llama, name, header, render, lost);
    } catch (error) {
      throw faultOf(error);
    }
  }

  /**
   * @param {Llama} llama with its model loaded
   * @param {string} name what it is called, and its version
   * @param {import("./gguf.js").Header} header of the model's file
   * @param {import("./jinja.js").Render} render
   * @param {Promise<never>} lost rejects with a Fault when the engine is gone
   */
  constructor(llama, name, header, render, lost) {
    super(lost);
    this.#llama = llama;
    this.#name = name;
    this.#render = render;
    this.#padding = header.tokens[header.eos].repeat(this.contextTokens);
  }

  /** @override */
  get name() {
    return this.#name;
  }

  /** How many tokens prompt and answer may hold together. @override */
  get contextTokens() {
    return this.#llama.getLoadedContextInfo().n_ctx;
  }

  /** Keeps an answer to a grammar, from any character. @override */
  get abilities() {
    return ["json_schema"];
  }

  /** Ends the worker in which llama.cpp runs. @override */
  async unload() {
    await this.#llama.exit();
  }

  /**
   * @override
   * @param {import("./engine.js").GenerateRequest} request
   * @param {import("./batches.js").Batches} batches
   * @param {AbortSignal} signal
   * @returns {Promise<import("./engine.js").Finish>}
   */
  async write({ messages, params = {}, grammar }, batches, signal) {
    const completion = await this.#completion(messages, params);
    let tokens = 0;
    /** @type {import("./engine.js").Finish} */
    let finish = "stop";
    /** @param {import("./llama.js").RawCompletionChunk} chunk */
    const onData = ({ choices: [{ text, finish_reason }], timings }) => {
      if (finish_reason === "length") finish = finish_reason;
      if (!text) return; // a token that is half a character, or may begin a stop string
      const written = timings?.predicted_n ?? tokens + 1;
      batches.add(text, written - tokens);
      tokens = written;
    };
    try {
      const streamed = { abortSignal: signal, stream: /** @type {const} */ (true), onData };
      const kept = grammar ? { grammar } : {};
      await this.#llama.createCompletion({ ...completion, ...kept, ...streamed });
    } catch (error) {
      if (!signal.aborted) throw error;
      finish = "interrupted";
    }
    batches.flush();
    return finish;
  }

  /** @param {import("./history.js").Message[]} messages @param {import("./engine.js").Params} params */
  async #completion(messages, { temperature = 0, topP, maxTokens, stop, seed, raw }) {
    const prompt = await fitPrompt({
      messages,
      windowTokens: this.contextTokens,
      maxTokens,
      render: raw ? renderRaw : this.#render,
      countTokens: (text) => this.#countTokens(text),
    });
    return {
      prompt,
      temperature,
      top_p: topP,
      max_tokens: maxTokens,
      stop,
      seed:
        seed !== undefined && Number.isInteger(seed)
          ? seedAfter(seed, await this.#tokensOfPrefix(messages))
          : undefined,
      timings_per_token: true,
    };
  }

  /** @param {import("./history.js").Message[]} messages */
  async #tokensOfPrefix(messages) {
    const { prefix } = splitPrefix(messages);
    return prefix ? await this.#countTokens(prefix) : 0;
  }

  /**
   * wllama offers no tokenizer, but llama.cpp says how many tokens a prompt has that it refuses for its
   * length: so the text is shown to it with as many special tokens behind as the window holds.
   * @param {string} text
   */
  async #countTokens(text) {
    try {
      await this.#llama.createCompletion({ prompt: text + this.#padding, max_tokens: 1 });
    } catch (error) {
      const counted = COUNTED.exec(/** @type {Error} */ (error).message);
      if (counted) return Number(counted[1]) - this.contextTokens;
      throw error;
    }
    throw fault("engine_error");
  }
}

/**
 * @param {typeof import("./llama.js").Wllama} Wllama @param {Blob} file
 * @param {(device: string) => void} onDevice
 */
async function open(Wllama, file, onDevice) {
  const header = await readHeader(file);
  return { header, ...(await loadLlama(Wllama, file, header.windowTokens, onDevice)) };
}

/**
 * Forgets a file that could not be opened, so that the next start fetches it anew; a memory that is too
 * small is not the file's fault.
 * @param {string} url @param {unknown} error @returns {Promise<never>}
 */
async function drop(url, error) {
  if (faultOf(error).code !== "out_of_memory") await forget(url);
  throw error;
}

/** @param {number} bytes @param {number} total */
function progressOf(bytes, total) {
  const [here, all] = [bytes, total].map((each) => Math.round(each / 1e6));
  return { fraction: bytes / total, text: `Fetching the model: ${here} of ${all} MB` };
}
