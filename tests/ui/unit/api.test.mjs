/** A refusal is told in the server's own words, and in ours where it has none. */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import * as api from "../../../browser/ui/api.js";

const { fetch } = globalThis;
afterEach(() => {
  globalThis.fetch = fetch;
});

/** @param {() => Promise<Response>} reply */
async function refusal(reply) {
  globalThis.fetch = reply;
  return api.network().then(assert.fail, (error) => error);
}

test("the server's sentence is the one", async () => {
  for (const status of [402, 409, 413, 429, 500, 503]) {
    const error = await refusal(async () => Response.json({ error: "Its words." }, { status }));
    assert.deepEqual([error.status, error.message], [status, "Its words."]);
  }
});

test("who says nothing is spoken for", async () => {
  const proxy = await refusal(async () => new Response("<h1>Bad</h1>", { status: 503 }));
  assert.match(proxy.message, /try again in a moment/);
  assert.ok(proxy.isTransient);
  const away = await refusal(() => Promise.reject(new TypeError("no network")));
  assert.match(away.message, /cannot be reached/);
});
