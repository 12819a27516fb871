/** llama.cpp's engine over a scripted wllama: the prompt, what is streamed, when it stops, what it counts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Template } from "@huggingface/jinja";
import { bridgeTo } from "../../../browser/wgpu-shim/bridge.js";
import { fault } from "../../../browser/wgpu-shim/fault.js";
import { chatTemplate } from "../../../browser/wgpu-shim/jinja.js";
import { LlamaEngine } from "../../../browser/wgpu-shim/llama_engine.js";
import { seedAfter } from "../../../browser/wgpu-shim/seed.js";

const END = "<|im_end|>";
const WINDOW = 100;
const ASK = { role: "user", content: "hi" };
const HEADER = {
  chatTemplate:
    "{{ bos_token }}{% for m in messages %}{{ m.role[0] + ':' + m.content + eos_token }}{% endfor %}" +
    "{% if add_generation_prompt %}a:{% endif %}",
  tokens: ["?", "<s>", END],
  bos: 1,
  eos: 2,
  windowTokens: WINDOW,
};

/** Says the given texts, one token each; a special token counts as one, any other character, too. */
function scriptedLlama(texts, { finish = "stop", error } = {}) {
  const asked = [];
  const tokensOf = (text) => [...text.replaceAll(END, "#")].length;
  return {
    asked,
    getLoadedContextInfo: () => ({ n_ctx: WINDOW, add_bos_token: false }),
    exit: async () => {},
    async createCompletion({ onData, abortSignal, ...request }) {
      const tokens = tokensOf(request.prompt);
      if (tokens >= WINDOW) {
        const limits = `request (${tokens} tokens) exceeds the available context size`;
        throw new Error(`${limits} (${WINDOW} tokens), try increasing it`);
      }
      if (error) throw error;
      asked.push(request);
      for (const [index, text] of texts.entries()) {
        await undefined;
        if (abortSignal.aborted) throw new DOMException("Operation aborted", "AbortError");
        const timings = { predicted_n: index + 1 };
        onData({ choices: [{ text, finish_reason: null }], timings });
      }
      onData({ choices: [{ text: "", finish_reason: finish }] });
    },
  };
}

async function run(llama, options = {}) {
  const {
    lost = new Promise(() => {}),
    messages = [ASK],
    params,
    grammar,
    onPiece = () => {},
  } = options;
  const pieces = [];
  const render = chatTemplate(Template, HEADER, false);
  const bridge = bridgeTo(new LlamaEngine(llama, "llama.cpp", HEADER, render, lost), () => {});
  const request = { id: "1", messages, params, grammar };
  const result = await bridge.generate(JSON.stringify(request), (json) => {
    pieces.push(...JSON.parse(json).pieces);
    onPiece(bridge);
  });
  return { pieces, text: pieces.map(({ text }) => text).join(""), ...JSON.parse(result) };
}

test("the answer arrives whole, its tokens counted, those included that show nothing yet", async () => {
  const llama = scriptedLlama(["Hell", "", "o"]);
  const { text, pieces, finish } = await run(llama, {
    params: { temperature: 0, topP: 0.5, maxTokens: 9, stop: ["x"] },
  });
  assert.deepEqual({ text, finish }, { text: "Hello", finish: "stop" });
  assert.equal(
    pieces.reduce((sum, { tokens }) => sum + tokens, 0),
    3,
  );
  const [{ prompt, temperature, top_p, max_tokens, stop }] = llama.asked;
  assert.deepEqual(
    { prompt, temperature, top_p, max_tokens, stop },
    { prompt: `<s>u:hi${END}a:`, temperature: 0, top_p: 0.5, max_tokens: 9, stop: ["x"] },
  );
});

test("an answer is kept to the grammar that is given, and only then", async () => {
  const llama = scriptedLlama(["1"]);
  await run(llama, { grammar: "root ::= [0-9]\n" });
  await run(llama, { grammar: null });
  const [kept, free] = llama.asked;
  assert.equal(kept.grammar, "root ::= [0-9]\n");
  assert.equal("grammar" in free, false);
});

test("llama.cpp says that it can be kept to a schema", () => {
  const engine = new LlamaEngine(
    scriptedLlama([]),
    "llama.cpp",
    HEADER,
    () => "",
    new Promise(() => {}),
  );
  assert.deepEqual(engine.abilities, ["json_schema"]);
});

test("a prefix stands open at the end, behind one system message at the beginning", async () => {
  const llama = scriptedLlama(["you"]);
  const system = (content) => ({ role: "system", content });
  const prefix = { role: "assistant", content: "Hello " };
  await run(llama, { messages: [system("S"), ASK, system("T"), prefix] });
  assert.equal(llama.asked[0].prompt, `<s>s:S\n\nT${END}u:hi${END}a:Hello `);
});

test("what is too old for the window is left out by the model's own count", async () => {
  const llama = scriptedLlama(["yes"]);
  const old = { role: "user", content: "o".repeat(70) };
  await run(llama, { messages: [old, { role: "assistant", content: "y" }, ASK] });
  assert.equal(llama.asked[0].prompt, `<s>u:hi${END}a:`);
  await assert.rejects(
    run(llama, { messages: [{ role: "user", content: "o".repeat(90) }] }),
    ({ message }) => JSON.parse(message).code === "context_too_long",
  );
});

test("a continued answer draws other numbers than its beginning did", async () => {
  const llama = scriptedLlama(["x"]);
  await run(llama, { params: { seed: 3 }, messages: [ASK, { role: "assistant", content: "abc" }] });
  await run(llama, { params: { seed: -1 } });
  await run(llama, {});
  const seeds = llama.asked.map(({ seed }) => seed);
  assert.deepEqual(seeds, [seedAfter(3, "abc".length), 2 ** 31 - 2, undefined]);
});

test("who asks for no temperature gets the most probable words, which others can go on with", async () => {
  const llama = scriptedLlama(["x"]);
  await run(llama, { params: { temperature: 0.7 } });
  await run(llama, {});
  assert.deepEqual(
    llama.asked.map(({ temperature }) => temperature),
    [0.7, 0],
  );
});

test("an interrupted answer ends before its next token, and another's interrupt is ignored", async () => {
  const stopped = await run(scriptedLlama(["a", "b"]), { onPiece: (it) => it.interrupt("1") });
  assert.deepEqual([stopped.text, stopped.finish], ["a", "interrupted"]);
  const other = await run(scriptedLlama(["a", "b"]), { onPiece: (it) => it.interrupt("2") });
  assert.deepEqual([other.text, other.finish], ["ab", "stop"]);
});

test("an answer that fills its budget says so", async () => {
  assert.equal((await run(scriptedLlama(["a"], { finish: "length" }))).finish, "length");
});

test("a lost engine and a full memory are told in the words that Python knows", async () => {
  const codeOf = (code) => (error) => JSON.parse(error.message).code === code;
  const lost = Promise.reject(fault("device_lost"));
  lost.catch(() => {});
  await assert.rejects(run(scriptedLlama(["a"]), { lost }), codeOf("device_lost"));
  const error = new Error("(ABORT) std::bad_alloc");
  await assert.rejects(run(scriptedLlama([], { error })), codeOf("out_of_memory"));
});

test("a file without a chat template is refused in a sentence", () => {
  const none = { ...HEADER, chatTemplate: "" };
  assert.throws(() => chatTemplate(Template, none, false), /no chat template/);
});

test("around a raw text no template is written, and it is gone on from where another left it", async () => {
  const engine = scriptedLlama(["!"]);
  await run(engine, { params: { raw: true } });
  await run(engine, {
    params: { raw: true },
    messages: [ASK, { role: "assistant", content: " the" }],
  });
  assert.deepEqual(
    engine.asked.map(({ prompt }) => prompt),
    ["hi", "hi the"],
  );
});
