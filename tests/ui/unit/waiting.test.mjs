/** Who waits is told what the orchestrator knows, and no more. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { waitingSentence } from "../../../browser/ui/waiting.js";

test("place and estimate are told, each where it is known", () => {
  assert.match(waitingSentence({}), /^Looking for/);
  assert.match(waitingSentence({ position: 0 }), /You are next\.$/);
  assert.match(
    waitingSentence({ position: 2, etaMs: 41_000 }),
    /2 ahead of you\. About 41 s to go\.$/,
  );
});

test("where no machine can serve, nobody is next", () => {
  const told = waitingSentence({ position: 0, noWorker: true });
  assert.match(told, /No machine/);
  assert.doesNotMatch(told, /next/);
});
