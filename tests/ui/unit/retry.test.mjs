/** A server that is away for a moment is asked again; one that refuses is not. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../../browser/ui/api.js";
import { withRetries } from "../../../browser/ui/retry.js";

const AWAY = new ApiError(503, "away");

/** Answers in turn, throwing what is an error; how often it was asked is its `calls`. */
function answering(...answers) {
  const ask = async () => {
    const answer = answers[Math.min(ask.calls, answers.length - 1)];
    ask.calls += 1;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  ask.calls = 0;
  return ask;
}

/** What becomes of it, while time flies. */
async function settled(t, promise) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let isOver = false;
  const outcome = promise.finally(() => {
    isOver = true;
  });
  outcome.catch(() => {});
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    t.mock.timers.tick(1000);
  }
  return outcome;
}

test("an answer is an answer", async () => {
  const ask = answering("yes");
  assert.equal(await withRetries(ask), "yes");
  assert.equal(ask.calls, 1);
});

test("trouble that passes is waited for, whatever its kind", async (t) => {
  const troubles = [0, 502, 503, 504].map((status) => new ApiError(status, "away"));
  const ask = answering(...troubles, "yes");
  assert.equal(await settled(t, withRetries(ask)), "yes");
  assert.equal(ask.calls, 5);
});

test("a server that stays away is asked five times", async (t) => {
  const ask = answering(AWAY);
  await assert.rejects(settled(t, withRetries(ask)), AWAY);
  assert.equal(ask.calls, 5);
});

test("a refusal, or a defect, is not asked about again", async () => {
  for (const error of [new ApiError(404, "no"), new ApiError(429, "no"), new TypeError("oops")]) {
    const ask = answering(error, "yes");
    await assert.rejects(withRetries(ask), error);
    assert.equal(ask.calls, 1);
  }
});

test("what is no longer wanted is not asked again", async (t) => {
  const ask = answering(AWAY, "yes");
  await assert.rejects(
    settled(
      t,
      withRetries(ask, () => false),
    ),
    AWAY,
  );
  assert.equal(ask.calls, 1);
});
