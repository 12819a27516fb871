/** Seeds and WebLLM's own generator: a continued answer draws what an uninterrupted one draws. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { seedAfter } from "../../../browser/wgpu-shim/seed.js";

const webllm = readFileSync(createRequire(import.meta.url).resolve("@mlc-ai/web-llm"), "utf8");
const [source] = /class LinearCongruentialGenerator \{.*?\n\t\t {4}\}/s.exec(webllm);
const Generator = new Function(`return ${source}`)();

function draws(seed, count) {
  const generator = new Generator();
  generator.setSeed(seed);
  return Array.from({ length: count }, () => generator.randomFloat());
}

test("a seed after some tokens draws what its generator draws after them", () => {
  for (const seed of [1, 7, 48271, 2 ** 31, 2 ** 52 + 1]) {
    const whole = draws(seed, 300);
    for (const tokens of [0, 1, 2, 40, 299]) {
      assert.deepEqual(draws(seedAfter(seed, tokens), 300 - tokens), whole.slice(tokens));
    }
  }
});

test("no seed breaks the generator, and each is another", () => {
  const seeds = [-1, -2, -(2 ** 31), -(2 ** 53) + 1, 0, 2 ** 31 - 1, -(2 ** 31 - 1), 5];
  for (const seed of seeds) assert.equal(draws(seedAfter(seed, 0), 1).length, 1);
  assert.equal(new Set([-1, -2, 0, 5].map((seed) => seedAfter(seed, 0))).size, 4);
});

test("a seed is itself at the beginning", () => {
  assert.equal(seedAfter(3, 0), 3);
});
