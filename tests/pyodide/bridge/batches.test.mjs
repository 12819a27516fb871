/** Pieces cross in batches: the first at once, then by time or by number. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Batches } from "../../../browser/wgpu-shim/batches.js";

function recorder() {
  const sent = [];
  const clock = { ms: 0 };
  const batches = new Batches(
    (json) =>
      sent.push(
        JSON.parse(json)
          .pieces.map(({ text }) => text)
          .join(""),
      ),
    () => clock.ms,
  );
  return { sent, clock, batches };
}

test("the first piece leaves at once", () => {
  const { sent, batches } = recorder();
  batches.add("a", 1);
  assert.deepEqual(sent, ["a"]);
});

test("pieces wait until enough time has passed", () => {
  const { sent, clock, batches } = recorder();
  batches.add("a", 1);
  clock.ms = 10;
  batches.add("b", 1);
  assert.deepEqual(sent, ["a"]);
  clock.ms = 40;
  batches.add("c", 1);
  assert.deepEqual(sent, ["a", "bc"]);
});

test("sixteen pieces leave without waiting, the rest with a flush", () => {
  const { sent, batches } = recorder();
  batches.add("first", 1);
  for (let n = 0; n < 17; n += 1) batches.add("x", 1);
  assert.deepEqual(sent, ["first", "x".repeat(16)]);
  batches.flush();
  batches.flush();
  assert.deepEqual(sent.slice(2), ["x"]);
});
