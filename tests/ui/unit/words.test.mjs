/** Figures as people say them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, counted, figure, lasting, sized } from "../../../browser/ui/words.js";

test("one is singular, none and many are plural", () => {
  assert.deepEqual(
    [0, 1, 2, 1234567].map((count) => counted(count, "answer")),
    ["0 answers", "1 answer", "2 answers", "1,234,567 answers"],
  );
  assert.equal(figure(1234.56), "1,235");
});

test("sizes are megabytes, from a thousand on gigabytes, and never nothing", () => {
  assert.deepEqual([0.2, 3.4, 999, 1000, 4321].map(sized), [
    "1 MB",
    "3 MB",
    "999 MB",
    "1.0 GB",
    "4.3 GB",
  ]);
});

test("a moment is told in minutes, then hours, then as a date", (t) => {
  const now = Date.UTC(2026, 4, 20, 12);
  t.mock.timers.enable({ apis: ["Date"], now });
  const before = (minutes) => ago(new Date(now - minutes * 60_000).toISOString());
  assert.equal(before(0), "just now");
  assert.equal(before(-5), "just now", "a clock that is ahead");
  assert.equal(before(1), "1 min ago");
  assert.equal(before(59), "59 min ago");
  assert.equal(before(60), "1 h ago");
  assert.equal(before(23 * 60), "23 h ago");
  assert.match(before(5 * 24 * 60), /15/);
});

test("a span of time is told in seconds, then in minutes, and is never nothing", () => {
  assert.deepEqual([0, 1400, 59_400, 90_000, 600_000].map(lasting), [
    "1 s",
    "1 s",
    "59 s",
    "2 min",
    "10 min",
  ]);
});
