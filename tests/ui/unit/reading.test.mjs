/** An answer is read to its end: from its stream, and from the history once the stream is gone. */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Reading } from "../../../browser/ui/reading.js";

const JOB = "j".repeat(32);
const GONE = () => new Response(null, { status: 204 });
const streamOf = (...events) =>
  new Response(events.map((event, id) => `id: ${id}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
const stored = (status, content = "stored") => ({
  role: "assistant",
  jobId: JOB,
  status,
  content,
});

const { fetch } = globalThis;
afterEach(() => {
  globalThis.fetch = fetch;
});

/** An answer that writes down what it is told. */
function recordingAnswer() {
  const told = [];
  const methods = ["append", "queued", "reconnecting", "done", "failed", "begin"];
  const answer = { jobId: JOB, told, restore: ({ status }) => told.push(["restore", status]) };
  for (const name of methods) answer[name] = (...values) => told.push([name, ...values]);
  return answer;
}

/** Reads to the end while time flies; `streams` and `histories` are the replies, one after the other. */
async function read(t, { streams, histories = [], onStored = () => {} }) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const answer = recordingAnswer();
  const reading = new Reading(answer, "c1");
  globalThis.fetch = async (path) => {
    if (path.startsWith("/api/chat/stream?")) return streams.shift()();
    assert.equal(path, "/api/conversations/c1");
    onStored(reading);
    const messages = histories.shift();
    return messages ? Response.json({ messages }) : Response.json({}, { status: 404 });
  };
  let isOver = false;
  const ended = reading.toTheEnd().finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    t.mock.timers.tick(1000);
  }
  await ended;
  return answer.told;
}

test("a stream is shown as it comes", async (t) => {
  const live = () => streamOf({ type: "token", value: "a" }, { type: "done", tokens: 1 });
  assert.deepEqual(await read(t, { streams: [live] }), [["append", "a"], ["done"]]);
});

test("a failure is told with its sentence", async (t) => {
  const live = () => streamOf({ type: "error", message: "None could." });
  assert.deepEqual(await read(t, { streams: [live] }), [["failed", "None could."]]);
});

test("an answer whose stream is gone comes from the history, however it ended", async (t) => {
  for (const status of ["done", "failed", "cancelled"]) {
    const told = await read(t, { streams: [GONE], histories: [[stored(status)]] });
    assert.deepEqual(told, [["restore", status]]);
    t.mock.timers.reset();
  }
});

test("one that still runs there is followed again", async (t) => {
  const live = () => streamOf({ type: "done", tokens: 0 });
  const told = await read(t, { streams: [GONE, live], histories: [[stored("running")]] });
  assert.deepEqual(told, [["begin"], ["done"]]);
});

test("one that is nowhere is lost, and so is one that stays gone", async (t) => {
  const nowhere = await read(t, { streams: [GONE], histories: [[]] });
  assert.equal(nowhere.at(-1)[0], "failed");
  t.mock.timers.reset();
  const noHistory = await read(t, { streams: [GONE] });
  assert.equal(noHistory.at(-1)[0], "failed");
  t.mock.timers.reset();
  const running = [stored("running")];
  const stays = await read(t, {
    streams: [GONE, GONE, GONE],
    histories: [running, running, running],
  });
  assert.match(stays.at(-1)[1], /lost/);
});

test("who looks away is told nothing more", async (t) => {
  const onStored = (reading) => reading.close();
  const told = await read(t, { streams: [GONE], histories: [[stored("done")]], onStored });
  assert.deepEqual(told, []);
});
