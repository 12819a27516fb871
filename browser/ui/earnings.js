/**
 * What a signed-in donor has earned since Start, by the ledger's own account and clock.
 */

import { account, ledger } from "./account_api.js";

const EARNED = "settle";

export class Earnings {
  #isKept = false;
  #since = "";

  /** Remembers where the ledger stands; without an account there is nothing to earn into. */
  async begin() {
    try {
      this.#isKept = (await account()) !== null;
      if (this.#isKept) this.#since = (await ledger())[0]?.at ?? "";
    } catch {
      this.#isKept = false; // donating goes on; it is only not shown here what it brings
    }
  }

  /** @returns {Promise<number | null>} credits; null when nobody is signed in or nobody can tell */
  async soFar() {
    if (!this.#isKept) return null;
    try {
      const entries = await ledger();
      return entries
        .filter(({ kind, at }) => kind === EARNED && Date.parse(at) > (Date.parse(this.#since) || 0))
        .reduce((sum, { credits }) => sum + credits, 0);
    } catch {
      return null;
    }
  }
}
