/**
 * What a signed-in donor has earned since Start, by the ledger's own account and clock.
 */

import { account, ledger, statement } from "./account_api.js";

const EARNED = "settle";

export class Earnings {
  #isSignedIn = false;
  /** When the last movement before Start was, and the last one that was looked at; epoch ms. */
  #since = 0;
  #seenTo = 0;
  /** Credits by job: a look shows the latest movements only, and a job is paid once. @type {Map<string, number>} */
  #earned = new Map();

  /** Remembers where the ledger stands; without an account there is nothing to earn into. */
  async begin() {
    this.#isSignedIn = false;
    try {
      if ((await account()) === null) return;
      this.#since = this.#seenTo = latestOf(await ledger());
      this.#earned.clear();
      this.#isSignedIn = true;
    } catch {
      // Donating goes on; it is only not shown here what it brings.
    }
  }

  /** @returns {Promise<number | null>} credits; null when nobody is signed in or nobody can tell */
  async soFar() {
    if (!this.#isSignedIn) return null;
    try {
      this.#add(await this.#unseen());
    } catch {
      return null;
    }
    return [...this.#earned.values()].reduce((sum, credits) => sum + credits, 0);
  }

  /** At least the movements since the last look; all there are when the latest do not reach back so far. */
  async #unseen() {
    const latest = await ledger();
    const oldest = latest.at(-1);
    return oldest && Date.parse(oldest.at) > this.#seenTo ? statement() : latest;
  }

  /** @param {import("./account_api.js").Entry[]} entries the latest first */
  #add(entries) {
    for (const { at, kind, credits, jobId } of entries) {
      if (kind === EARNED && jobId && Date.parse(at) > this.#since)
        this.#earned.set(jobId, credits);
    }
    this.#seenTo = Math.max(this.#seenTo, latestOf(entries));
  }
}

/** @param {import("./account_api.js").Entry[]} entries the latest first */
const latestOf = ([latest]) => (latest ? Date.parse(latest.at) : 0);
