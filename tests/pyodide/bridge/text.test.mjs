/**
 * What is done with text is what Python does with it: the cases of tests/text, read by both.
 *
 * Each file is a list of {"name", ..., "expected"}:
 *
 * - characters.json: `chunks` may end inside a surrogate pair. `pieces` is what each of them lets out,
 *   `rest` what comes at the end.
 * - stops.json: `stops` are stop strings. `pieces` and `rest` likewise; `isOver`, whether one came.
 * - history.json: `messages` as {"role", "size"} in characters; a last one of the assistant is a prefix.
 *   `windowTokens` is for prompt and answer together, `maxTokens` (or null) the longest answer. Four
 *   characters are a token, a token that is begun counts, and nothing else in a prompt does.
 *   `budgetTokens` is what the history may have, `indices` are the messages that stay, with the system's
 *   first; `fits` is false when even these are longer than the budget. Without system messages and
 *   prefix, and with questions and answers in turn, the budget alone decides.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { finalCharacters, wholeCharacters } from "../../../browser/wgpu-shim/characters.js";
import { fitHistory, historyBudget, splitPrefix } from "../../../browser/wgpu-shim/history.js";
import { safeLength, stopIndex } from "../../../browser/wgpu-shim/stop_strings.js";

const casesOf = (name) =>
  JSON.parse(readFileSync(new URL(`../../text/${name}.json`, import.meta.url), "utf8"));

/** The pieces that a growing text lets out, and the length of what was sent. */
function piecesOf(chunks, sendable) {
  let text = "";
  let sent = 0;
  const pieces = chunks.map((chunk) => {
    text += chunk;
    const piece = sendable(text).slice(sent);
    sent += piece.length;
    return piece;
  });
  return { text, sent, pieces };
}

for (const { name, chunks, expected } of casesOf("characters")) {
  test(`characters: ${name}`, () => {
    const { text, sent, pieces } = piecesOf(chunks, wholeCharacters);
    assert.deepEqual({ pieces, rest: finalCharacters(text).slice(sent) }, expected);
  });
}

for (const { name, stops, chunks, expected } of casesOf("stops")) {
  test(`stop strings: ${name}`, () => {
    const shown = (text) => text.slice(0, safeLength(text, stops));
    const { text, sent, pieces } = piecesOf(chunks, shown);
    const isOver = stopIndex(text, stops) >= 0;
    assert.deepEqual({ pieces, rest: isOver ? "" : text.slice(sent), isOver }, expected);
  });
}

const tokensOf = (messages) =>
  Math.ceil(messages.reduce((sum, { content }) => sum + content.length, 0) / 4);

for (const { name, messages, windowTokens, maxTokens, expected } of casesOf("history")) {
  test(`history: ${name}`, async () => {
    const talk = messages.map(({ role, size }) => ({ role, content: "x".repeat(size) }));
    const { history, prefix } = splitPrefix(talk);
    const prefixTokens = tokensOf([{ content: prefix }]);
    const budget = historyBudget(windowTokens, maxTokens ?? undefined, prefixTokens);
    const fitted = await fitHistory(history, budget, tokensOf);
    assert.equal(budget, expected.budgetTokens);
    assert.equal(fitted !== undefined, expected.fits);
    if (!fitted) return; // whoever does not refuse it sends the shortest
    const staying = [...fitted, ...talk.slice(history.length)];
    assert.deepEqual(
      staying.map((message) => talk.indexOf(message)),
      expected.indices,
    );
  });
}

test("bytes that do not make a character yet are held back, and never sent when they stay so", () => {
  assert.equal(wholeCharacters("sun \uFFFD"), "sun ");
  assert.equal(finalCharacters("sun \uFFFD\uFFFD"), "sun ");
});
