// The `openai` package of Node.
import OpenAI from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import { assert, FACTS, KEY, PIRATE, QUESTION, tell, URL, WEATHER, WORDS } from "./checks.mjs";

const client = new OpenAI({ baseURL: `${URL}/v1`, apiKey: KEY, maxRetries: 0 });
const chat = client.chat.completions;
const model = "auto";
const messages = [{ role: "user", content: QUESTION }];
const ask = [{ role: "user", content: WEATHER }];
const parameters = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const tools = [{ type: "function", function: { name: "get_weather", parameters } }];

async function call(more) {
  const { choices } = await chat.create({ model, messages: ask, tools, ...more });
  assert.equal(choices[0].finish_reason, "tool_calls");
  return checked(choices[0].message);
}

function checked(message) {
  assert.equal(message.tool_calls.length, 1);
  assert.equal(message.tool_calls[0].function.name, "get_weather");
  assert.deepEqual(JSON.parse(message.tool_calls[0].function.arguments), { city: "Paris" });
  return message;
}

await tell({
  "plain chat": async () => {
    const answer = await chat.create({ model, messages });
    assert.equal(answer.choices[0].message.content, WORDS);
  },
  streaming: async () => {
    let said = "";
    for await (const each of await chat.create({ model, messages, stream: true }))
      said += each.choices[0]?.delta.content ?? "";
    assert.equal(said, WORDS);
  },
  "system prompt": async () => {
    const pirate = [{ role: "system", content: "You are a PIRATE." }, ...messages];
    const answer = await chat.create({ model, messages: pirate });
    assert.equal(answer.choices[0].message.content, PIRATE);
  },
  "JSON object": async () => {
    const answer = await chat.create({ model, messages, response_format: { type: "json_object" } });
    assert.deepEqual(JSON.parse(answer.choices[0].message.content), FACTS);
  },
  "JSON schema": async () => {
    const format = zodResponseFormat(
      z.object({ city: z.string(), population: z.number() }),
      "capital",
    );
    const answer = await chat.parse({ model, messages, response_format: format });
    assert.deepEqual(answer.choices[0].message.parsed, FACTS);
  },
  "tools, auto": () => call({}),
  "tools, required": () => call({ tool_choice: "required" }),
  "tools, named": () =>
    call({ tool_choice: { type: "function", function: { name: "get_weather" } } }),
  "tool's result": async () => {
    const message = await call({});
    const result = { role: "tool", tool_call_id: message.tool_calls[0].id, content: "sun" };
    const answer = await chat.create({ model, messages: [...ask, message, result], tools });
    assert.equal(answer.choices[0].message.content, "It is sunny.");
  },
  "streamed tool call": async () => {
    checked(await chat.stream({ model, messages: ask, tools }).finalMessage());
  },
  completions: async () => {
    const answer = await client.completions.create({ model, prompt: "The capital" });
    assert.equal(answer.choices[0].text, WORDS);
  },
  responses: async () => {
    const answer = await client.responses.create({ model, input: QUESTION });
    assert.equal(answer.output_text, WORDS);
  },
  "responses, streamed": async () => {
    const stream = client.responses.stream({ model, input: QUESTION });
    assert.equal((await stream.finalResponse()).output_text, WORDS);
  },
  "responses, JSON schema": async () => {
    const format = zodTextFormat(z.object({ city: z.string(), population: z.number() }), "capital");
    const answer = await client.responses.parse({ model, input: QUESTION, text: { format } });
    assert.deepEqual(answer.output_parsed, FACTS);
  },
  "responses, tools": async () => {
    const flat = [{ type: "function", name: "get_weather", parameters, strict: true }];
    const answer = await client.responses.create({ model, input: WEATHER, tools: flat });
    const [called] = answer.output.filter((each) => each.type === "function_call");
    assert.deepEqual(JSON.parse(called.arguments), { city: "Paris" });
  },
  models: async () => {
    const names = [];
    for await (const each of client.models.list()) names.push(each.id);
    assert.ok(names.includes("scripted"));
  },
});
