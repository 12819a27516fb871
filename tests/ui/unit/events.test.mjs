/** Server-sent events as the WHATWG's HTML standard has them, section 9.2.6: its own examples first. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventsOf } from "../../../browser/ui/events.js";

/** What is made of a stream that arrives in these chunks. */
async function eventsIn(...chunks) {
  const encoder = new TextEncoder();
  const bytes = chunks.map((chunk) => (typeof chunk === "string" ? encoder.encode(chunk) : chunk));
  const events = [];
  for await (const event of eventsOf(ReadableStream.from(bytes), () => {})) events.push(event);
  return events;
}

const dataIn = async (...chunks) => (await eventsIn(...chunks)).map(({ data }) => data);

// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

test("several data lines are one event, with line breaks between them", async () => {
  assert.deepEqual(await dataIn("data: YHOO\ndata: +2\ndata: 10\n\n"), ["YHOO\n+2\n10"]);
});

test("a comment, an id, an id without a value, and two spaces of which one counts", async () => {
  const stream =
    ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n";
  assert.deepEqual(await eventsIn(stream), [
    { id: "1", data: "first event" },
    { id: null, data: "second event" },
    { id: null, data: " third event" },
  ]);
});

test("data without a value is an empty line; an event that is not finished is none", async () => {
  assert.deepEqual(await dataIn("data\n\ndata\ndata\n\ndata:"), ["", "\n"]);
});

test("the space after the colon is optional", async () => {
  assert.deepEqual(await dataIn("data:test\n\ndata: test\n\n"), ["test", "test"]);
});

// What the text of that section says besides.

test("lines end with LF, CRLF or CR, also where a chunk ends between the two", async () => {
  for (const end of ["\n", "\r\n", "\r"]) {
    const stream = ["id: 7", "data: a", "data: b", "", "data: c", "", ""].join(end);
    const expected = [
      { id: "7", data: "a\nb" },
      { id: null, data: "c" },
    ];
    // A lone CR at the very end may still become a CRLF.
    const whole = end === "\r" ? `${stream}: end` : stream;
    assert.deepEqual(await eventsIn(whole), expected, JSON.stringify(end));
    assert.deepEqual(await eventsIn(...whole), expected, `${JSON.stringify(end)} letter by letter`);
  }
});

test("a character may be cut by the end of a chunk", async () => {
  const bytes = new TextEncoder().encode("data: 🌞\n\n");
  for (let cut = 1; cut < bytes.length; cut += 1) {
    assert.deepEqual(await dataIn(bytes.slice(0, cut), bytes.slice(cut)), ["🌞"]);
  }
});

test("a byte order mark at the beginning is no part of the first field", async () => {
  assert.deepEqual(await dataIn("\uFEFFdata: a\n\n"), ["a"]);
});

test("fields that nobody knows, and lines without data, make no event", async () => {
  assert.deepEqual(await dataIn("retry: 3\n\nevent: x\nid: 1\n\nfoo: bar\ndata: a\n\n"), ["a"]);
});

test("an id is any text, and the last one counts", async () => {
  assert.deepEqual(await eventsIn("id: 1\nid: 1-f0\ndata: a\n\n"), [{ id: "1-f0", data: "a" }]);
});

test("everything that arrives is a sign of life, comments too", async () => {
  let signs = 0;
  const chunks = [": alive\n\n", "data: a\n", "\n"].map((chunk) => new TextEncoder().encode(chunk));
  const onLife = () => {
    signs += 1;
  };
  for await (const _ of eventsOf(ReadableStream.from(chunks), onLife));
  assert.equal(signs, 3);
});

test("who stops listening closes the connection", async () => {
  let isClosed = false;
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("data: a\n\n")),
    cancel: () => {
      isClosed = true;
    },
  });
  for await (const _ of eventsOf(body, () => {})) break;
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(isClosed);
});
