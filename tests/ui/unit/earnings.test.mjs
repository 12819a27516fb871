/** What a donor earned is told to the credit, however much else the account does meanwhile. */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Earnings } from "../../../browser/ui/earnings.js";

const LISTED = 200; // so many movements does the orchestrator list at once
const atMinute = (minute) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();

/** An account's ledger behind `fetch`; `paths` is what was asked for. */
function scriptedLedger({ isSignedIn = true } = {}) {
  const entries = [];
  const paths = [];
  const replies = {
    "/api/account": () => Response.json({ account: isSignedIn ? { id: "a" } : null }),
    "/api/credits/ledger": () => Response.json({ entries: entries.slice(0, LISTED) }),
    "/api/credits/ledger.csv": () =>
      new Response(
        ["at,kind,job,credits", ...entries.map(csvOf)].map((line) => `${line}\r\n`).join(""),
      ),
  };
  globalThis.fetch = async (path) => {
    paths.push(path);
    return replies[path]();
  };
  const add = (kind, credits) => {
    const number = entries.length + 1;
    entries.unshift({ at: atMinute(number), kind, credits, jobId: `job${number}` });
  };
  return { add, entries, paths };
}

const csvOf = ({ at, kind, jobId, credits }) =>
  [at.replace("Z", "+00:00"), kind, jobId, credits].join(",");

const { fetch } = globalThis;
afterEach(() => {
  globalThis.fetch = fetch;
});

test("what came before Start, and what was spent, is not earned", async () => {
  const { add } = scriptedLedger();
  add("sign_up", 500);
  add("settle", 70);
  const earnings = new Earnings();
  await earnings.begin();
  add("charge", -10);
  add("settle", 7);
  assert.equal(await earnings.soFar(), 7);
});

test("every movement counts, also when there are more than the server lists at once", async () => {
  const { add, paths } = scriptedLedger();
  add("sign_up", 500);
  const earnings = new Earnings();
  await earnings.begin();
  for (let answers = 1; answers <= 2 * LISTED + 10; answers += 1) {
    add("settle", 2);
    if (answers % 50 === 0) assert.equal(await earnings.soFar(), 2 * answers);
  }
  assert.equal(await earnings.soFar(), 2 * (2 * LISTED + 10));
  assert.ok(!paths.includes("/api/credits/ledger.csv"));
});

test("after looks that failed for long, the whole ledger is read", async () => {
  const { add } = scriptedLedger();
  add("sign_up", 500);
  const earnings = new Earnings();
  await earnings.begin();
  for (let answers = 0; answers < LISTED + 5; answers += 1) add("settle", 3);
  assert.equal(await earnings.soFar(), 3 * (LISTED + 5));
});

test("a new sitting starts from nothing", async () => {
  const { add } = scriptedLedger();
  const earnings = new Earnings();
  await earnings.begin();
  add("settle", 7);
  assert.equal(await earnings.soFar(), 7);
  await earnings.begin();
  assert.equal(await earnings.soFar(), 0);
});

test("without an account, or without an answer, nothing is told", async () => {
  scriptedLedger({ isSignedIn: false });
  const earnings = new Earnings();
  await earnings.begin();
  assert.equal(await earnings.soFar(), null);
  const { add } = scriptedLedger();
  await earnings.begin();
  add("settle", 7);
  globalThis.fetch = async () => Response.json({}, { status: 503 });
  assert.equal(await earnings.soFar(), null);
});
