/**
 * The account page: sign in, and see, take along or delete everything that is kept.
 */

import * as api from "./account_api.js";
import {
  fill,
  fillLedger,
  keyLine,
  passkeyLine,
  sessionLine,
  walletLine,
} from "./account_lists.js";
import { sentenceOf } from "./api.js";
import { byId, make } from "./element.js";
import { showAccount } from "./masthead.js";
import { createPasskey, signInWithPasskey, whyNoPasskeys } from "./passkeys.js";
import { withRetries } from "./retry.js";
import { hasWallet, signInWithWallet } from "./wallet.js";
import { figure } from "./words.js";

/** Everything on the page that changes or is pressed. */
const page = {
  notice: byId("notice", HTMLElement),
  signedOut: byId("outside", HTMLElement),
  signedIn: byId("inside", HTMLElement),
  signIn: byId("sign-in", HTMLButtonElement),
  signUp: byId("sign-up", HTMLButtonElement),
  wallet: byId("wallet", HTMLButtonElement),
  bring: byId("bring", HTMLInputElement),
  recovery: byId("recovery", HTMLFormElement),
  shownCodes: byId("shown-codes", HTMLElement),
  codes: byId("codes", HTMLElement),
  balance: byId("balance", HTMLElement),
  ledger: byId("entries", HTMLTableSectionElement),
  waysIn: byId("ways-in", HTMLElement),
  codesLeft: byId("codes-left", HTMLElement),
  addPasskey: byId("add-passkey", HTMLButtonElement),
  newCodes: byId("new-codes", HTMLButtonElement),
  sessions: byId("sessions", HTMLElement),
  signOut: byId("sign-out", HTMLButtonElement),
  shownSecret: byId("shown-secret", HTMLElement),
  secret: byId("secret", HTMLElement),
  keys: byId("keys", HTMLElement),
  newKey: byId("new-key", HTMLFormElement),
  deleteAll: byId("delete-all", HTMLButtonElement),
  confirmation: byId("really", HTMLDialogElement),
  cancelDelete: byId("keep-all", HTMLButtonElement),
  confirmDelete: byId("really-delete", HTMLButtonElement),
};

class AccountPage {
  constructor() {
    this.#onClick(page.signIn, async () => this.#enter(await signInWithPasskey(signInOptions())));
    this.#onClick(page.signUp, async () =>
      this.#enter(await createPasskey(undefined, signInOptions())),
    );
    this.#onClick(page.wallet, async () => this.#enter(await signInWithWallet(signInOptions())));
    this.#onClick(page.addPasskey, async () => this.#enter(await createPasskey(deviceName())));
    this.#onClick(page.newCodes, async () => this.#showOnce(await api.newRecoveryCodes()));
    this.#onClick(page.signOut, () => api.logout());
    this.#onClick(page.deleteAll, async () => page.confirmation.showModal());
    this.#onClick(page.cancelDelete, async () => page.confirmation.close());
    this.#onClick(page.confirmDelete, () => this.#deleteAll());
    this.#onSubmit(page.recovery, async (fields) =>
      this.#enter(await api.recover(textOf(fields, "code"), signInOptions())),
    );
    this.#onSubmit(page.newKey, (fields) =>
      this.#createKey(textOf(fields, "keyName"), textOf(fields, "keyScopes").split(",")),
    );
    page.wallet.hidden = !hasWallet();
    const trouble = whyNoPasskeys();
    this.#say(trouble ?? "");
    page.signIn.disabled = page.signUp.disabled = trouble !== undefined;
  }

  /** Shows the account, or why it cannot be shown. */
  async open() {
    try {
      await this.show();
    } catch (error) {
      this.#say(sentenceOf(error));
    }
  }

  /** Asks who this is, and shows what they may see. */
  async show() {
    const account = await withRetries(api.account);
    page.signedOut.hidden = account !== null;
    page.signedIn.hidden = account === null;
    if (!account) page.shownCodes.hidden = page.shownSecret.hidden = true;
    showAccount();
    if (account) await this.#showInside(account);
  }

  /** @param {api.Account} account */
  async #showInside({ passkeys, wallets, recoveryCodesLeft }) {
    const isOnly = passkeys.length + wallets.length < 2; // the last way in is not for removal
    /** @param {import("./account_lists.js").Line} line @param {() => Promise<unknown>} act */
    const removable = (line, act) =>
      isOnly ? line : { ...line, remove: { label: "Remove", act: () => this.#try(act) } };
    const ways = [
      ...passkeys.map((each) => removable(passkeyLine(each), () => api.removePasskey(each.id))),
      ...wallets.map((each) => removable(walletLine(each), () => api.removeWallet(each.address))),
    ];
    fill(page.waysIn, ways, (line) => line);
    page.codesLeft.textContent = recoveryCodesLeft
      ? `${recoveryCodesLeft} recovery codes are left.`
      : "You have no recovery codes. Without them, a lost passkey is a lost account.";
    const [credits, entries, sessions, keys] = await Promise.all([
      api.credits(),
      api.ledger(),
      api.sessions(),
      api.keys(),
    ]);
    page.balance.textContent = figure(credits);
    fillLedger(page.ledger, entries);
    fill(page.sessions, sessions, (each) => ({
      ...sessionLine(each),
      ...(!each.isCurrent && {
        remove: { label: "Sign out", act: () => this.#try(() => api.revokeSession(each.id)) },
      }),
    }));
    fill(page.keys, keys, (each) => ({
      ...keyLine(each),
      remove: { label: "Revoke", act: () => this.#try(() => api.revokeKey(each.id)) },
    }));
  }

  /** @param {{recoveryCodes?: string[]}} reply of a sign-in */
  #enter({ recoveryCodes }) {
    page.recovery.reset();
    if (recoveryCodes?.length) this.#showOnce(recoveryCodes);
  }

  /** @param {string[]} codes */
  #showOnce(codes) {
    page.codes.replaceChildren(
      ...codes.map((code) => make("li", {}, make("code", { text: code }))),
    );
    page.shownCodes.hidden = false;
  }

  /** @param {string} name @param {string[]} scopes */
  async #createKey(name, scopes) {
    const { secret } = await api.createKey(name, scopes);
    page.newKey.reset();
    page.secret.textContent = secret;
    page.shownSecret.hidden = false;
  }

  async #deleteAll() {
    page.confirmation.close();
    await api.deleteAccount();
    sessionStorage.clear();
    this.#say("Everything of yours is deleted.");
  }

  /**
   * Does something, says what went wrong if it did, and shows how things stand now.
   * @param {() => Promise<unknown>} act
   */
  async #try(act) {
    this.#say("");
    try {
      await act();
      await this.show();
    } catch (error) {
      this.#say(sentenceOf(error));
    }
  }

  /** @param {HTMLButtonElement} button @param {() => Promise<unknown>} act */
  #onClick(button, act) {
    button.addEventListener("click", async () => {
      button.disabled = true;
      await this.#try(act);
      button.disabled = false;
    });
  }

  /** @param {HTMLFormElement} form @param {(fields: FormData) => Promise<unknown>} act */
  #onSubmit(form, act) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try(() => act(new FormData(form)));
    });
  }

  /** @param {string} sentence empty for none */
  #say(sentence) {
    page.notice.textContent = sentence;
    page.notice.hidden = !sentence;
  }
}

/** @returns {api.SignInOptions} what the person ticked */
const signInOptions = () => (page.bring.checked ? { moveHistory: true } : {});

/** @param {FormData} fields @param {string} name of a field */
const textOf = (fields, name) => String(fields.get(name) ?? "").trim();

/** What kind of device this is, in a word or two; only its owner ever sees it. */
function deviceName() {
  const platform = navigator.userAgentData?.platform || navigator.platform || "this device";
  return `Passkey of ${platform}`;
}

new AccountPage().open();
