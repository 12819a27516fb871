// The Vercel AI SDK: `ai` with `@ai-sdk/openai`, on the chat and (its default) on the responses.
import { createOpenAI } from "@ai-sdk/openai";
import { generateObject, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { assert, FACTS, KEY, PIRATE, QUESTION, tell, URL, WEATHER, WORDS } from "./checks.mjs";

const openai = createOpenAI({ baseURL: `${URL}/v1`, apiKey: KEY });
const model = openai.chat("auto");
const response = openai("auto");
const prompt = QUESTION;
const schema = z.object({ city: z.string(), population: z.number() });
const get_weather = tool({
  description: "The weather in a city.",
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `sun in ${city}`,
});
const tools = { get_weather };
const once = { prompt: WEATHER, tools, maxRetries: 0 };

async function text(more) {
  return (await generateText({ prompt, maxRetries: 0, ...more })).text;
}

async function streamed(more) {
  const failures = [];
  const stream = streamText({
    maxRetries: 0,
    onError: (event) => failures.push(event.error),
    ...more,
  });
  let said = "";
  for await (const each of stream.textStream) said += each;
  if (failures.length) throw failures[0];
  return { said, calls: await stream.toolCalls };
}

async function call(more) {
  const { toolCalls } = await generateText({ ...once, ...more });
  checked(toolCalls);
}

function checked(calls) {
  assert.deepEqual(
    calls.map((each) => [each.toolName, each.input]),
    [["get_weather", { city: "Paris" }]],
  );
}

async function object(which) {
  const made = await generateObject({ model: which, schema, prompt, maxRetries: 0 });
  assert.deepEqual(made.object, FACTS);
}

await tell({
  "plain chat": async () => assert.equal(await text({ model }), WORDS),
  streaming: async () => assert.equal((await streamed({ model, prompt })).said, WORDS),
  "system prompt": async () =>
    assert.equal(await text({ model, instructions: "You are a PIRATE." }), PIRATE),
  "JSON object": async () => {
    const made = await generateObject({ model, output: "no-schema", prompt, maxRetries: 0 });
    assert.deepEqual(made.object, FACTS);
  },
  "JSON schema": () => object(model),
  "tools, auto": () => call({ model }),
  "tools, required": () => call({ model, toolChoice: "required" }),
  "tools, named": () => call({ model, toolChoice: { type: "tool", toolName: "get_weather" } }),
  "tool's result": async () => {
    const done = await generateText({ ...once, model, stopWhen: stepCountIs(3) });
    assert.equal(done.text, "It is sunny.");
  },
  "streamed tool call": async () => checked((await streamed({ ...once, model })).calls),
  completions: async () => {
    assert.equal(await text({ model: openai.completion("auto"), prompt: "The capital" }), WORDS);
  },
  responses: async () => assert.equal(await text({ model: response }), WORDS),
  "responses, streamed": async () =>
    assert.equal((await streamed({ model: response, prompt })).said, WORDS),
  "responses, JSON schema": () => object(response),
  "responses, tools": () => call({ model: response }),
});
