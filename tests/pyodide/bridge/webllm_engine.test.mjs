/** WebLLM's engine over a scripted WebLLM: what is streamed, when it stops, and what a failure is called. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { bridgeTo, startPython } from "../../../browser/wgpu-shim/bridge.js";

import { fault } from "../../../browser/wgpu-shim/fault.js";
import { seedAfter } from "../../../browser/wgpu-shim/seed.js";
import { recordOf, WebLlmEngine } from "../../../browser/wgpu-shim/webllm_engine.js";

const ASK = { role: "user", content: "hi" };
const CONFIG = {
  context_window_size: 1000,
  conv_template: {
    system_template: "{system_message}",
    system_message: "",
    roles: { user: "U", assistant: "A" },
    seps: ["|"],
    stop_str: ["<end>"],
    system_prefix_token_ids: [7],
  },
};

/** Says the given deltas; one delta is one token. */
function scriptedWebLlm(deltas, { message = deltas.join(""), finish = "stop" } = {}) {
  const pipeline = {
    tokens: 0,
    outputIds: [],
    getCurRoundCompletionTotalTokens: () => pipeline.tokens,
    tokenizer: {
      encode: (text) => [...text],
      idToToken: (id) => `<${id}>`,
      decode: (ids) => `<${ids}>`,
    },
  };
  const asked = [];
  const create = async (request) => {
    asked.push(request);
    return stream();
  };
  async function* stream() {
    for (const text of deltas) {
      pipeline.outputIds.push(pipeline.tokens++);
      yield { choices: [{ text, finish_reason: null }] };
    }
    yield { choices: [{ text: "", finish_reason: finish }] };
  }
  return {
    asked,
    loadedModelIdToPipeline: new Map([["m", pipeline]]),
    loadedModelIdToChatConfig: new Map([["m", CONFIG]]),
    completions: { create },
    getMessage: async () => message,
  };
}

async function run(
  webllm,
  { lost = new Promise(() => {}), messages = [ASK], params, onPiece = () => {} } = {},
) {
  const pieces = [];
  const engine = new WebLlmEngine(webllm, "m", lost);
  const bridge = bridgeTo(engine, () => {});
  const request = { id: "1", messages, params };
  const result = await bridge.generate(JSON.stringify(request), (json) => {
    pieces.push(...JSON.parse(json).pieces);
    onPiece(bridge);
  });
  return { pieces, text: pieces.map(({ text }) => text).join(""), ...JSON.parse(result) };
}

test("WebLLM gets a model with its window, by addresses of this site", () => {
  const overrides = { context_window_size: 4096 };
  const model = {
    id: "m",
    url: "/models/m/",
    library: "https://else.where/m.wasm",
    overrides,
    features: [],
  };
  assert.deepEqual(recordOf(model, "https://here"), {
    model_id: "m",
    model: "https://here/models/m/",
    model_lib: "https://else.where/m.wasm",
    overrides,
  });
});

test("the answer arrives whole, with its tokens counted", async () => {
  const webllm = scriptedWebLlm(["Hell", "o", " you"]);
  const { text, pieces, finish } = await run(webllm, {
    params: { temperature: 0, topP: 0.5, maxTokens: 9, seed: 3 },
  });
  assert.equal(text, "Hello you");
  assert.equal(finish, "stop");
  assert.equal(
    pieces.reduce((sum, { tokens }) => sum + tokens, 0),
    3,
  );
  const [{ prompt, stream, temperature, top_p, max_tokens, seed }] = webllm.asked;
  assert.deepEqual(
    { prompt, stream, temperature, top_p, max_tokens, seed },
    { prompt: "<7>U: hi|A: ", stream: true, temperature: 0, top_p: 0.5, max_tokens: 9, seed: 3 },
  );
});

/** Its tokens have "▁" for a space; a text that is decoded loses its first, if there is one. */
function spacedWebLlm(tokens, { strips }) {
  const shown = (ids) => {
    const text = [...ids]
      .map((id) => tokens[id])
      .join("")
      .replaceAll("▁", " ");
    return strips ? text.replace(/^ /, "") : text;
  };
  const texts = tokens.map((_, id) => shown([...tokens.keys()].slice(0, id + 1)));
  const webllm = scriptedWebLlm(texts.map((text, id) => text.slice(texts[id - 1]?.length ?? 0)));
  const { tokenizer } = webllm.loadedModelIdToPipeline.get("m");
  Object.assign(tokenizer, { idToToken: (id) => tokens[id] ?? "", decode: shown });
  return webllm;
}

test("a continuation keeps the space before its first word", async () => {
  const messages = [ASK, { role: "assistant", content: "Hello" }];
  const cases = [["▁world", "!"], ["▁", "▁world"], ["▁▁", "world"], ["world"], ["▁world", "▁▁"]];
  for (const tokens of cases) {
    for (const strips of [true, false]) {
      const { text } = await run(spacedWebLlm(tokens, { strips }), { messages });
      assert.equal(text, tokens.join("").replaceAll("▁", " "), `${tokens}, ${strips}`);
    }
  }
  assert.equal((await run(spacedWebLlm(["▁Hello"], { strips: true }))).text, "Hello");
});

test("a seed is one that WebLLM can bear, and goes on where the prefix left it", async () => {
  const webllm = scriptedWebLlm(["x"]);
  const prefix = { role: "assistant", content: "abc" };
  await run(webllm, { params: { seed: -1 } });
  await run(webllm, { params: { seed: 3 }, messages: [ASK, prefix] });
  await run(webllm, { messages: [ASK, prefix] });
  const seeds = webllm.asked.map(({ seed }) => seed);
  assert.deepEqual(seeds, [2 ** 31 - 2, seedAfter(3, "abc".length), undefined]);
});

test("no part of a stop string is ever sent", async () => {
  const { text } = await run(scriptedWebLlm(["Yes", ".<", "end", ""], { message: "Yes." }));
  assert.equal(text, "Yes.");
});

test("what looked like a stop string and was none is sent at the end", async () => {
  const { text, finish } = await run(scriptedWebLlm(["a ", "<"], { finish: "length" }));
  assert.equal(text, "a <");
  assert.equal(finish, "length");
});

test("an interrupted answer ends before its next token", async () => {
  const { text, finish } = await run(scriptedWebLlm(["a", "b", "c"]), {
    onPiece: (bridge) => bridge.interrupt("1"),
  });
  assert.equal(text, "a");
  assert.equal(finish, "interrupted");
});

test("another answer's interrupt is ignored", async () => {
  const { text } = await run(scriptedWebLlm(["a", "b"]), {
    onPiece: (bridge) => bridge.interrupt("2"),
  });
  assert.equal(text, "ab");
});

test("an answer that outlasts its interrupt in a slow prefill takes no other's interrupt with it", async () => {
  const webllm = scriptedWebLlm(["a", "b"]);
  const { create } = webllm.completions;
  const prefills = [];
  webllm.completions.create = async (request) => {
    await new Promise((resolve) => prefills.push(resolve));
    return create(request);
  };
  const engine = new WebLlmEngine(webllm, "m", new Promise(() => {}));
  const generate = (id) => engine.generate({ id, messages: [ASK] }, () => {});
  const first = generate("1");
  engine.interrupt("1");
  const second = generate("2");
  while (prefills.length < 2) await undefined;
  prefills[0]();
  assert.equal(await first, "interrupted");
  engine.interrupt("2");
  prefills[1]();
  assert.equal(await second, "interrupted");
});

test("a lost device ends an answer that would hang, with a code that Python can read", async () => {
  const webllm = scriptedWebLlm([]);
  webllm.completions.create = () => new Promise(() => {});
  const lost = Promise.reject(fault("device_lost"));
  await assert.rejects(
    run(webllm, { lost }),
    ({ message }) => JSON.parse(message).code === "device_lost",
  );
});

test("starting and stopping Python leaves no proxy behind", async () => {
  const alive = new Set();
  const proxy = (target) => {
    alive.add(target);
    return Object.assign(target, { destroy: () => alive.delete(target) });
  };
  const worker = proxy({});
  Object.defineProperty(worker, "stop", { get: () => proxy(() => proxy(Promise.resolve())) });
  Object.defineProperty(worker, "pause", { get: () => proxy(() => undefined) });
  const donor = startPython({ pyimport: () => proxy(() => worker) }, {}, {});
  await donor.pause();
  assert.deepEqual([...alive], [worker]);
  await donor.stop();
  assert.deepEqual([...alive], []);
});

test("around a raw text no template is written, and it is gone on from where another left it", async () => {
  const engine = scriptedWebLlm(["!"]);
  await run(engine, { params: { raw: true } });
  await run(engine, {
    params: { raw: true },
    messages: [ASK, { role: "assistant", content: " the" }],
  });
  assert.deepEqual(
    engine.asked.map(({ prompt }) => prompt),
    ["<7>hi", "<7>hi the"],
  );
});
