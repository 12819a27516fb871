/**
 * The account page: sign in, and see, take along or delete everything that is kept.
 */

import * as api from "./account_api.js";
import { fill, fillLedger, keyLine, passkeyLine, sessionLine, walletLine } from "./account_lists.js";
import { byId, make } from "./element.js";
import { showAccount } from "./masthead.js";
import { createPasskey, passkeyTrouble, signInWithPasskey } from "./passkeys.js";
import { patiently } from "./patience.js";
import { figure } from "./words.js";
import { hasWallet, signInWithWallet } from "./wallet.js";

class AccountPage {
  constructor() {
    this.notice = byId("notice");
    this.#onClick("sign-in", async () => this.#enter(await signInWithPasskey(wishes())));
    this.#onClick("sign-up", async () => this.#enter(await createPasskey(undefined, wishes())));
    this.#onClick("wallet", async () => this.#enter(await signInWithWallet(wishes())));
    this.#onClick("add-passkey", async () => this.#enter(await createPasskey(deviceName())));
    this.#onClick("new-codes", async () => this.#showOnce(await api.newRecoveryCodes()));
    this.#onClick("sign-out", () => api.logout());
    this.#onClick("delete-all", async () => byId("really").showModal());
    this.#onClick("keep-all", async () => byId("really").close());
    this.#onClick("really-delete", () => this.#deleteAll());
    this.#onSubmit("recovery", async ({ code }) => this.#enter(await api.recover(code.value.trim(), wishes())));
    this.#onSubmit("new-key", async ({ keyName, keyScopes }) => this.#createKey(keyName.value.trim(), keyScopes.value.split(",")));
    byId("wallet").hidden = !hasWallet();
    const trouble = passkeyTrouble();
    this.#say(trouble ?? "");
    byId("sign-in").disabled = byId("sign-up").disabled = trouble !== undefined;
  }

  /** Asks who this is, and shows what they may see. */
  async show() {
    const account = await patiently(api.account);
    byId("outside").hidden = account !== null;
    byId("inside").hidden = account === null;
    if (!account) byId("shown-codes").hidden = byId("shown-secret").hidden = true;
    showAccount();
    if (account) await this.#showInside(account);
  }

  /** @param {api.Account} account */
  async #showInside({ passkeys, wallets, recoveryCodesLeft }) {
    const isOnly = passkeys.length + wallets.length < 2; // the last way in is not for removal
    const removable = (line, act) => (isOnly ? line : { ...line, remove: { label: "Remove", act: () => this.#try(act) } });
    const ways = [
      ...passkeys.map((each) => removable(passkeyLine(each), () => api.removePasskey(each.id))),
      ...wallets.map((each) => removable(walletLine(each), () => api.removeWallet(each.address))),
    ];
    fill(byId("ways-in"), ways, (line) => line);
    byId("codes-left").textContent = recoveryCodesLeft
      ? `${recoveryCodesLeft} recovery codes are left.`
      : "You have no recovery codes. Without them, a lost passkey is a lost account.";
    const [credits, entries, sessions, keys] = await Promise.all([
      api.credits(),
      api.ledger(),
      api.sessions(),
      api.keys(),
    ]);
    byId("balance").textContent = figure(credits);
    fillLedger(byId("entries"), entries);
    fill(byId("sessions"), sessions, (each) => ({
      ...sessionLine(each),
      ...(!each.isCurrent && { remove: { label: "Sign out", act: () => this.#try(() => api.revokeSession(each.id)) } }),
    }));
    fill(byId("keys"), keys, (each) => ({
      ...keyLine(each),
      remove: { label: "Revoke", act: () => this.#try(() => api.revokeKey(each.id)) },
    }));
  }

  /** @param {{recoveryCodes?: string[]}} reply of a sign-in */
  #enter({ recoveryCodes }) {
    byId("recovery").reset();
    if (recoveryCodes?.length) this.#showOnce(recoveryCodes);
  }

  /** @param {string[]} codes */
  #showOnce(codes) {
    byId("codes").replaceChildren(...codes.map((code) => make("li", {}, make("code", { text: code }))));
    byId("shown-codes").hidden = false;
  }

  async #createKey(name, scopes) {
    const { secret } = await api.createKey(name, scopes);
    byId("new-key").reset();
    byId("secret").textContent = secret;
    byId("shown-secret").hidden = false;
  }

  async #deleteAll() {
    byId("really").close();
    await api.deleteAccount();
    sessionStorage.clear();
    this.#say("Everything of yours is deleted.");
  }

  /** Does something, says what went wrong if it did, and shows how things stand now. */
  async #try(act) {
    this.#say("");
    try {
      await act();
      await this.show();
    } catch (error) {
      this.#say(error.message);
    }
  }

  /** @param {string} id @param {() => Promise<unknown>} act */
  #onClick(id, act) {
    const button = byId(id);
    button.addEventListener("click", async () => {
      button.disabled = true;
      await this.#try(act);
      button.disabled = false;
    });
  }

  /** @param {string} id @param {(fields: any) => Promise<unknown>} act */
  #onSubmit(id, act) {
    const form = byId(id);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try(() => act(form.elements));
    });
  }

  #say(sentence) {
    this.notice.textContent = sentence;
    this.notice.hidden = !sentence;
  }
}

/** @returns {api.Wishes} what the person ticked */
const wishes = () => (byId("bring").checked ? { moveHistory: true } : {});

/** What kind of device this is, in a word or two; only its owner ever sees it. */
function deviceName() {
  const platform = navigator.userAgentData?.platform || navigator.platform || "this device";
  return `Passkey of ${platform}`;
}

const page = new AccountPage();
page.show().catch((error) => {
  byId("notice").textContent = error.message;
  byId("notice").hidden = false;
});
