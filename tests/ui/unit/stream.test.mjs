/** One answer over any number of connections: no gap, no repeat, and an end. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { AnswerStream } from "../../../browser/ui/stream.js";

const token = (value) => ({ type: "token", value });
const DONE = { type: "done", tokens: 2 };

/** A frame of an event that is kept has an id; others have none. */
const frame = (event, id) =>
  `${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(event)}\n\n`;

const { addEventListener } = globalThis;
beforeEach(() => {
  // The network comes back as soon as somebody waits for it, so no test waits.
  globalThis.addEventListener = (_, listener) => setImmediate(listener);
});
afterEach(() => {
  globalThis.addEventListener = addEventListener;
});

/** Follows to the end over these connections, each a Response, an Error or frames. */
async function follow(...connections) {
  const events = [];
  const lastIds = [];
  const open = async (lastId) => {
    lastIds.push(lastId);
    const next = connections.shift();
    if (next instanceof Error) throw next;
    return next instanceof Response ? next : new Response(next);
  };
  await new AnswerStream(open, (event) => events.push(event)).follow();
  return { events, lastIds };
}

test("events are handed on in order, up to the last", async () => {
  const { events, lastIds } = await follow(
    frame({ type: "queued", position: 1 }) +
      frame(token("a"), 0) +
      frame(token("b"), 1) +
      frame(DONE, 2) +
      frame(token("never"), 3),
  );
  assert.deepEqual(events, [{ type: "queued", position: 1 }, token("a"), token("b"), DONE]);
  assert.deepEqual(lastIds, [""]);
});

test("after a break it goes on from the last event, whose id is sent back as it came", async () => {
  const { events, lastIds } = await follow(
    `${frame(token("a"), "0-f0")}id: 1-e1\ndata: {"type":"tok`,
    frame(token("b"), "1-e1") + frame(DONE, "2-d2"),
  );
  assert.deepEqual(events, [token("a"), token("b"), DONE]);
  assert.deepEqual(lastIds, ["", "0-f0"]);
});

test("what cannot be read is a broken connection like any other", async () => {
  const { events } = await follow("id: 0\ndata: {oops\n\n", frame(DONE, 0));
  assert.deepEqual(events, [DONE]);
});

test("an error that is kept is the end of the answer", async () => {
  const end = { type: "error", message: "cancelled" };
  const { events } = await follow(frame(token("a"), 0) + frame(end, 1));
  assert.deepEqual(events, [token("a"), end]);
});

test("a job that cannot be followed is gone", async () => {
  for (const status of [204, 400, 401, 403, 404]) {
    const { events } = await follow(new Response(null, { status }));
    assert.deepEqual(events, [{ type: "gone" }], String(status));
  }
  const { events } = await follow(frame({ type: "error", message: "lost" }));
  assert.deepEqual(events, [{ type: "gone" }]);
});

test("a short break is mended quietly, a longer one is told", async () => {
  const away = () => new Response(null, { status: 503 });
  const short = await follow(new TypeError("no network"), away(), frame(DONE, 0));
  assert.deepEqual(short.events, [DONE]);
  const long = await follow(away(), away(), away(), away(), frame(DONE, 0));
  assert.deepEqual(long.events, [{ type: "reconnecting" }, { type: "reconnecting" }, DONE]);
});

test("a sign of life makes the next break a short one again", async () => {
  const away = () => new Response(null, { status: 503 });
  const { events } = await follow(
    away(),
    away(),
    frame(token("a"), 0),
    away(),
    frame({ type: "queued" }),
    frame(DONE, 1),
  );
  assert.deepEqual(events, [token("a"), { type: "queued" }, DONE]);
});

/** A connection that says nothing until it is aborted. */
function silentOpen(signals) {
  return async (_, signal) => {
    signals.push(signal);
    const body = new ReadableStream({
      start: (controller) =>
        signal.addEventListener("abort", () => controller.error(signal.reason)),
    });
    return new Response(body);
  };
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

test("closing ends it at once, and nothing is opened again", async () => {
  const signals = [];
  const events = [];
  const stream = new AnswerStream(silentOpen(signals), (event) => events.push(event));
  const following = stream.follow();
  await soon();
  stream.close();
  await following;
  assert.equal(signals.length, 1);
  assert.ok(signals[0].aborted);
  assert.deepEqual(events, []);
});

test("a connection without any sign of life is given up after half a minute", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const signals = [];
  const stream = new AnswerStream(silentOpen(signals), () => {});
  const following = stream.follow();
  await soon();
  t.mock.timers.tick(29_999);
  assert.ok(!signals[0].aborted);
  t.mock.timers.tick(1);
  assert.ok(signals[0].aborted);
  while (signals.length < 2) await soon();
  stream.close();
  await following;
});
