/**
 * What the header of a GGUF file says: sizes, the chat template, the tokens. llama.cpp in the tab tells
 * neither the words of its special tokens nor, before it is loaded, how long its window may be.
 */

const MAGIC = 0x46554747; // "GGUF"
const HEADER_BYTES = 64 * 2 ** 20; // a vocabulary of 256,000 tokens fits well
const STRING = 8;
const ARRAY = 9;

/** Numbers by their type's number. @type {Record<number, [number, (view: DataView, at: number) => number | bigint]>} */
const NUMBERS = {
  0: [1, (view, at) => view.getUint8(at)],
  1: [1, (view, at) => view.getInt8(at)],
  2: [2, (view, at) => view.getUint16(at, true)],
  3: [2, (view, at) => view.getInt16(at, true)],
  4: [4, (view, at) => view.getUint32(at, true)],
  5: [4, (view, at) => view.getInt32(at, true)],
  6: [4, (view, at) => view.getFloat32(at, true)],
  7: [1, (view, at) => view.getUint8(at)],
  10: [8, (view, at) => view.getBigUint64(at, true)],
  11: [8, (view, at) => view.getBigInt64(at, true)],
  12: [8, (view, at) => view.getFloat64(at, true)],
};
const utf8 = new TextDecoder();

/**
 * @typedef {number | bigint | string} Value
 * @typedef {{
 *   chatTemplate: string, tokens: string[], bos: number, eos: number, windowTokens: number,
 * }} Header
 */

/**
 * The header of a model's file; throws when this is none, or only its beginning.
 * @param {Blob} file
 * @returns {Promise<Header>}
 */
export async function readHeader(file) {
  const view = new DataView(await file.slice(0, HEADER_BYTES).arrayBuffer());
  if (view.byteLength < 24 || view.getUint32(0, true) !== MAGIC) throw new Error("no GGUF file");
  const reader = new Reader(view, 16);
  /** @type {Map<string, any>} */
  const values = new Map();
  for (let left = reader.count(); left > 0; left -= 1) {
    const name = reader.string();
    values.set(name, reader.value(reader.type()));
  }
  return {
    chatTemplate: values.get("tokenizer.chat_template") ?? "",
    tokens: values.get("tokenizer.ggml.tokens") ?? [],
    bos: values.get("tokenizer.ggml.bos_token_id"),
    eos: values.get("tokenizer.ggml.eos_token_id"),
    windowTokens: values.get(`${values.get("general.architecture")}.context_length`),
  };
}

class Reader {
  #view;
  #at;

  /** @param {DataView} view @param {number} at where to begin */
  constructor(view, at) {
    this.#view = view;
    this.#at = at;
  }

  type() {
    return Number(this.#number(4));
  }

  count() {
    return Number(this.#number(10));
  }

  string() {
    const length = this.count();
    const text = utf8.decode(new Uint8Array(this.#view.buffer, this.#at, length));
    this.#at += length;
    return text;
  }

  /** @param {number} type @returns {Value | Value[]} */
  value(type) {
    if (type !== ARRAY) return this.#single(type);
    const [each, length] = [this.type(), this.count()];
    return Array.from({ length }, () => this.#single(each));
  }

  /** @param {number} type */
  #single(type) {
    return type === STRING ? this.string() : this.#number(type);
  }

  /** @param {number} type */
  #number(type) {
    const [size, read] = NUMBERS[type];
    const value = read(this.#view, this.#at);
    this.#at += size;
    return value;
  }
}
