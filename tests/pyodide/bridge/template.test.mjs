/** The prompt is exact, an answer can be continued, and history is cut the same way for every worker. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fitPrompt } from "../../../browser/wgpu-shim/prompt.js";
import { renderPrompt } from "../../../browser/wgpu-shim/template.js";

const TINY = {
  system_template: "<|system|>{system_message}",
  system_message: "",
  roles: { user: "<|user|>", assistant: "<|assistant|>", tool: "<|user|>" },
  role_templates: {
    user: "{user_message}",
    assistant: "{assistant_message}",
    tool: "{tool_message}",
  },
  seps: [""],
  role_content_sep: "",
  role_empty_sep: "",
  stop_str: [],
};
const LLAMA3 = {
  system_template: "<|start_header_id|>system<|end_header_id|>\n\n{system_message}<|eot_id|>",
  system_message: "You are a helpful assistant.",
  roles: { user: "<|start_header_id|>user", assistant: "<|start_header_id|>assistant" },
  role_templates: { user: "{user_message}", assistant: "{assistant_message}" },
  seps: ["<|eot_id|>"],
  role_content_sep: "<|end_header_id|>\n\n",
  role_empty_sep: "<|end_header_id|>\n\n",
  stop_str: [],
};
const LLAMA2 = {
  system_template: "[INST] <<SYS>>\n{system_message}\n<</SYS>>\n\n",
  system_message: "Be brief.",
  roles: { user: "<s>[INST]", assistant: "[/INST]" },
  seps: [" ", " </s>"],
  role_content_sep: " ",
  role_empty_sep: " ",
  add_role_after_system_message: false,
  stop_str: [],
};
const says = (role, content) => ({ role, content });
const user = (content) => says("user", content);
const assistant = (content) => says("assistant", content);

test("the demonstration model reads the string that it was trained on", () => {
  const talk = [says("system", "S"), user("one"), assistant("uno"), user("two")];
  assert.equal(
    renderPrompt(TINY, talk),
    "<|system|>S<|user|>one<|assistant|>uno<|user|>two<|assistant|>",
  );
  assert.equal(renderPrompt(TINY, [user("one")]), "<|system|><|user|>one<|assistant|>");
});

test("Llama 3 gets its headers, its own system message and the ids that open a chat", () => {
  assert.equal(
    renderPrompt(LLAMA3, [user("Hi")], "<|begin_of_text|>"),
    "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nYou are a helpful assistant.<|eot_id|>" +
      "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
  );
});

test("separators alternate by role, and the first role may be part of the system text", () => {
  assert.equal(
    renderPrompt(LLAMA2, [user("a"), assistant("b"), user("c")]),
    "[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\na [/INST] b </s><s>[INST] c [/INST] ",
  );
});

test("a system text that is empty can be left out", () => {
  const template = { ...LLAMA3, system_message: "", render_empty_system_message: false };
  assert.ok(renderPrompt(template, [user("Hi")]).startsWith("<|start_header_id|>user"));
});

test("a prefix stands open at the end, so that the model goes on writing it", () => {
  const asked = renderPrompt(LLAMA3, [user("Hi")]);
  assert.equal(renderPrompt(LLAMA3, [user("Hi"), assistant("Hello th")]), `${asked}Hello th`);
});

test("text is never read as a pattern", () => {
  assert.ok(
    renderPrompt(LLAMA3, [user("$& $1 {assistant_message}")]).includes("$& $1 {assistant_message}"),
  );
});

const countTokens = (text) => text.length; // one token a character keeps the arithmetic visible
const fit = (messages, windowTokens, maxTokens) =>
  fitPrompt({
    messages,
    windowTokens,
    maxTokens,
    countTokens,
    render: (each) => renderPrompt(TINY, each),
  });

test("the oldest exchanges go first; system and newest messages stay", async () => {
  const talk = [says("system", "S"), user("old".repeat(20)), assistant("older"), user("new")];
  assert.equal(await fit(talk, 400), renderPrompt(TINY, talk));
  assert.equal(await fit(talk, 60), renderPrompt(TINY, [talk[0], talk[3]]));
});

test("what is left begins with a user's message", async () => {
  const talk = [user("x".repeat(50)), assistant("y"), user("z")];
  assert.equal(await fit(talk, 80, 5), renderPrompt(TINY, [talk[2]]));
});

test("a continued answer reads the very prompt that the first worker read", async () => {
  const talk = [user("q".repeat(30)), assistant("a".repeat(30)), user("now")];
  for (const length of [1, 5, 20]) {
    assert.equal(
      await fit([...talk, assistant("p".repeat(length))], 120),
      (await fit(talk, 120)) + "p".repeat(length),
    );
  }
});

test("a conversation whose newest message does not fit is refused with a code", async () => {
  await assert.rejects(fit([user("x".repeat(100))], 80), { code: "context_too_long" });
});
