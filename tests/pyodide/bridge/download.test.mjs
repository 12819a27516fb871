/** A model's file in parts: fetched once, gone on with after a break, and never a broken one. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { download, forget } from "../../../browser/wgpu-shim/download.js";

const URL = "https://here/models/m.0123456789ab/resolve/main/m.gguf";
const PART = 8 * 2 ** 20;
const FILE = new Uint8Array(2 * PART + 5).map((_, index) => index % 251);

let kept;
let asked;
let answer;

const ranged = (from) => {
  const body = FILE.slice(from, from + PART);
  const headers = { "Content-Range": `bytes ${from}-${from + body.length - 1}/${FILE.length}` };
  return new Response(body, { status: 206, headers });
};

beforeEach(() => {
  kept = new Map();
  asked = [];
  answer = ranged;
  globalThis.caches = {
    open: async () => ({
      match: async (key) => kept.get(key)?.clone(),
      put: async (key, response) => kept.set(key, response),
      keys: async () => [...kept.keys()].map((url) => ({ url })),
      delete: async ({ url }) => kept.delete(url),
    }),
  };
  globalThis.fetch = async (_, { headers }) => {
    const from = Number(/bytes=(\d+)-/.exec(headers.Range)[1]);
    asked.push(from);
    return answer(from);
  };
});

async function isWhole(blob) {
  assert.deepEqual(Buffer.from(await blob.arrayBuffer()), Buffer.from(FILE));
}

test("a second start fetches nothing, and progress is told from none to all", async () => {
  const seen = [];
  await isWhole(await download(URL, (...told) => seen.push(told)));
  assert.deepEqual(seen.at(-1), [FILE.length, FILE.length]);
  assert.deepEqual(asked, [0, PART, 2 * PART]);
  await isWhole(await download(URL, () => {}));
  assert.equal(asked.length, 3);
});

test("a download that broke off goes on where it stopped", async () => {
  answer = (from) => {
    if (from > 0) throw new TypeError("Failed to fetch");
    return ranged(from);
  };
  await assert.rejects(download(URL, () => {}));
  answer = ranged;
  asked = [];
  await isWhole(await download(URL, () => {}));
  assert.deepEqual(asked, [PART, 2 * PART]);
});

test("a part that was cut short, or is another one, is neither used nor kept", async () => {
  const cut = (from) => new Response(FILE.slice(from, from + 9), ranged(from));
  const other = (from) => ranged(from + 1);
  const refused = () => new Response("", { status: 503 });
  for (const wrong of [cut, other, refused]) {
    answer = wrong;
    await assert.rejects(
      download(URL, () => {}),
      /request failed/,
    );
    assert.equal(kept.size, 0);
  }
});

test("a kept part that is broken is fetched again", async () => {
  await download(URL, () => {});
  kept.set(`${URL}?from=${PART}`, new Response("?", ranged(PART)));
  asked = [];
  await isWhole(await download(URL, () => {}));
  assert.deepEqual(asked, [PART]);
});

test("a browser that keeps nothing can start all the same", async () => {
  const full = { match: async () => undefined, put: () => Promise.reject(new Error("Quota")) };
  globalThis.caches = { open: async () => full };
  await isWhole(await download(URL, () => {}));
  globalThis.caches = { open: () => Promise.reject(new Error("denied")) };
  await isWhole(await download(URL, () => {}));
  delete globalThis.caches;
  await isWhole(await download(URL, () => {}));
});

test("a server that knows no ranges sends all at once", async () => {
  answer = () => new Response(FILE);
  await isWhole(await download(URL, () => {}));
  await isWhole(await download(URL, () => {}));
  assert.deepEqual(asked, [0]);
});

test("a file that cannot be used is forgotten, and no other", async () => {
  kept.set("https://here/other.gguf?from=0", new Response("?"));
  await download(URL, () => {});
  await forget(URL);
  assert.deepEqual([...kept.keys()], ["https://here/other.gguf?from=0"]);
});
