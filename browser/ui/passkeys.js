/**
 * Passkeys: the browser's part of making one and of signing in with one.
 */

import * as api from "./account_api.js";

const IP_ADDRESS = /^[\d.]+$|^\[/;

/** Why passkeys cannot work here, as a sentence; undefined when they can. */
export function whyNoPasskeys() {
  if (IP_ADDRESS.test(location.hostname)) {
    return `Passkeys need an address with a name, such as http://localhost:${location.port}/account.html`;
  }
  if (!globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON) {
    return "This browser has no passkeys; a current one, over https, does.";
  }
  return undefined;
}

/**
 * Makes a passkey: for a new account, or one more for the account that is signed in.
 * @param {string} [name] how its owner will tell it from others
 * @param {api.SignInOptions} [signInOptions]
 * @returns {Promise<api.SignedIn>}
 */
export async function createPasskey(name, signInOptions) {
  const { challengeId, options } = await api.passkeyCreation();
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = /** @type {PublicKeyCredential} */ (
    await withSentences(navigator.credentials.create({ publicKey }))
  );
  return api.registerPasskey(challengeId, credential.toJSON(), name, signInOptions);
}

/** @param {api.SignInOptions} signInOptions @returns {Promise<api.SignedIn>} */
export async function signInWithPasskey(signInOptions) {
  const { challengeId, options } = await api.passkeyRequest();
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = /** @type {PublicKeyCredential} */ (
    await withSentences(navigator.credentials.get({ publicKey }))
  );
  return api.loginWithPasskey(challengeId, credential.toJSON(), signInOptions);
}

/** @template T @param {Promise<T>} answer of the person, by way of the browser */
async function withSentences(answer) {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.name === "InvalidStateError")
      throw new Error("This device already holds a passkey for this account.");
    throw new Error("No passkey was given. Nothing has changed; you can try again.");
  }
}
