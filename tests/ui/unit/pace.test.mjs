/** A slow drawing leaves the page most of the time; a quick one is done each frame. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Pace } from "../../../browser/ui/pace.js";

const { now } = performance;
let time = 0;
/** @type {(() => void) | undefined} */
let frame;

beforeEach(() => {
  time = 1000;
  frame = undefined;
  performance.now = () => time;
  globalThis.requestAnimationFrame = (callback) => {
    frame = callback;
    return 1;
  };
  globalThis.cancelAnimationFrame = () => {
    frame = undefined;
  };
});
afterEach(() => {
  performance.now = now;
});

function draw() {
  const drawn = frame;
  frame = undefined;
  drawn?.();
  return Boolean(drawn);
}

test("many changes are one drawing", () => {
  let drawings = 0;
  const pace = new Pace(() => {
    drawings += 1;
  });
  pace.soon();
  pace.soon();
  assert.ok(draw());
  assert.ok(!draw());
  assert.equal(drawings, 1);
});

test("after a slow drawing three times as long belongs to the reader", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const pace = new Pace(() => {
    time += 100;
  });
  pace.soon();
  draw();
  pace.soon();
  assert.equal(frame, undefined);
  t.mock.timers.tick(299);
  assert.equal(frame, undefined);
  t.mock.timers.tick(1);
  assert.ok(draw());
});

test("what was cancelled is not drawn", () => {
  const pace = new Pace(() => assert.fail("drawn"));
  pace.soon();
  pace.cancel();
  assert.ok(!draw());
});
