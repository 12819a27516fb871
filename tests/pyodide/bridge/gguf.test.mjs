/** The header of a GGUF file: every type of value is passed over, what is needed is found. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readHeader } from "../../../browser/wgpu-shim/gguf.js";

const STRING = 8;
const ARRAY = 9;
const SIZES = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };

const number = (type, value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes.subarray(0, SIZES[type]);
};
const string = (text) => Buffer.concat([number(10, Buffer.byteLength(text)), Buffer.from(text)]);
const strings = (texts) =>
  Buffer.concat([number(4, STRING), number(10, texts.length), ...texts.map(string)]);
const entry = (name, type, value) => Buffer.concat([string(name), number(4, type), value]);

function fileOf(entries) {
  const sizes = [number(4, 3), number(10, 0), number(10, entries.length)];
  return new Blob([Buffer.concat([Buffer.from("GGUF"), ...sizes, ...entries])]);
}

const ENTRIES = [
  entry("general.architecture", STRING, string("llama")),
  ...Object.keys(SIZES).map((type) => entry(`of type ${type}`, type, number(type, 1))),
  entry("llama.context_length", 4, number(4, 8192)),
  entry("numbers", ARRAY, Buffer.concat([number(4, 5), number(10, 2), number(5, 1), number(5, 2)])),
  entry("tokenizer.ggml.tokens", ARRAY, strings(["Ġ", "<s>", "</s>"])),
  entry("tokenizer.ggml.bos_token_id", 4, number(4, 1)),
  entry("tokenizer.ggml.eos_token_id", 4, number(4, 2)),
  entry("tokenizer.chat_template", STRING, string("{{ ü }}")),
];

test("what the engine needs is found among all kinds of values", async () => {
  assert.deepEqual(await readHeader(fileOf(ENTRIES)), {
    chatTemplate: "{{ ü }}",
    tokens: ["Ġ", "<s>", "</s>"],
    bos: 1,
    eos: 2,
    windowTokens: 8192,
  });
});

test("a file that is none, or breaks off anywhere in its header, is refused", async () => {
  const whole = fileOf(ENTRIES);
  await assert.rejects(readHeader(new Blob(["<!doctype html><title>Not found</title>"])));
  for (let size = 0; size < whole.size; size += 1) {
    await assert.rejects(readHeader(whole.slice(0, size)), `${size} of ${whole.size} bytes`);
  }
});
