/**
 * The orchestrator's endpoints about accounts, credits and keys, one function each; asks through api.js.
 *
 * @typedef {{id: string, name?: string, createdAt: string}} Passkey
 * @typedef {{id: string, createdAt: string, passkeys: Passkey[],
 *   wallets: {address: string, createdAt: string}[], recoveryCodesLeft: number}} Account
 * @typedef {{id: string, createdAt: string, device: string, isCurrent: boolean}} Session
 * @typedef {{id: string, name: string, scopes: string[], prefix: string, createdAt: string,
 *   lastUsedAt?: string | null}} Key
 * @typedef {{moveHistory?: true}} SignInOptions of who signs in: whether this browser's chats go along
 * @typedef {{account: Account, recoveryCodes?: string[]}} SignedIn
 * @typedef {{at: string, kind: string, credits: number, jobId?: string | null}} Entry
 */

import { json, text } from "./api.js";

/** @returns {Promise<Account | null>} null when nobody is signed in */
export async function account() {
  /** @type {{account: Account | null}} */
  const reply = await json("GET", "/api/account");
  return reply.account;
}

/** @returns {Promise<unknown>} */
export const logout = () => json("POST", "/api/account/logout", {});

/** @returns {Promise<unknown>} */
export const deleteAccount = () => json("DELETE", "/api/account");

/**
 * Also adds a passkey to one's account.
 * @returns {Promise<{challengeId: string, options: PublicKeyCredentialCreationOptionsJSON}>}
 */
export const passkeyCreation = () => json("POST", "/api/account/passkey/register/options", {});

/**
 * @param {string} challengeId
 * @param {object} credential as JSON
 * @param {string} [name]
 * @param {SignInOptions} [options]
 * @returns {Promise<SignedIn>}
 */
export const registerPasskey = (challengeId, credential, name, options) =>
  json("POST", "/api/account/passkey/register", { challengeId, credential, name, ...options });

/** @param {string} id @returns {Promise<unknown>} */
export const removePasskey = (id) => json("DELETE", `/api/account/passkeys/${id}`);

/** @param {string} address @returns {Promise<unknown>} */
export const removeWallet = (address) => json("DELETE", `/api/account/wallets/${address}`);

/** @returns {Promise<{challengeId: string, options: PublicKeyCredentialRequestOptionsJSON}>} */
export const passkeyRequest = () => json("POST", "/api/account/passkey/login/options", {});

/**
 * @param {string} challengeId
 * @param {object} credential as JSON
 * @param {SignInOptions} options
 * @returns {Promise<SignedIn>}
 */
export const loginWithPasskey = (challengeId, credential, options) =>
  json("POST", "/api/account/passkey/login", { challengeId, credential, ...options });

/**
 * @param {string} address
 * @param {number} chainId
 * @returns {Promise<{challengeId: string, message: string}>}
 */
export const walletChallenge = (address, chainId) =>
  json("POST", "/api/account/wallet/challenge", { address, chainId });

/**
 * @param {string} challengeId
 * @param {string} signature
 * @param {SignInOptions} options
 * @returns {Promise<SignedIn>}
 */
export const loginWithWallet = (challengeId, signature, options) =>
  json("POST", "/api/account/wallet/login", { challengeId, signature, ...options });

/** @param {string} code @param {SignInOptions} options @returns {Promise<SignedIn>} */
export const recover = (code, options) =>
  json("POST", "/api/account/recover", { code, ...options });

/** @returns {Promise<string[]>} a new set; older ones hold no longer */
export async function newRecoveryCodes() {
  /** @type {{codes: string[]}} */
  const reply = await json("POST", "/api/account/recovery-codes", {});
  return reply.codes;
}

/** @returns {Promise<Session[]>} */
export async function sessions() {
  /** @type {{sessions: Session[]}} */
  const reply = await json("GET", "/api/account/sessions");
  return reply.sessions;
}

/** @param {string} id @returns {Promise<unknown>} */
export const revokeSession = (id) => json("DELETE", `/api/account/sessions/${id}`);

/** @returns {Promise<number>} */
export async function credits() {
  /** @type {{credits: number}} */
  const reply = await json("GET", "/api/credits");
  return reply.credits;
}

/** @returns {Promise<Entry[]>} the latest ones, the latest first */
export async function ledger() {
  /** @type {{entries: Entry[]}} */
  const reply = await json("GET", "/api/credits/ledger");
  return reply.entries;
}

/** @returns {Promise<Entry[]>} every one there is, the latest first */
export async function statement() {
  const [, ...lines] = (await text("/api/credits/ledger.csv")).trim().split(/\r?\n/);
  return lines.map((line) => {
    const [at, kind, jobId, credits] = line.split(",");
    return { at, kind, jobId: jobId || null, credits: Number(credits) };
  });
}

/** @returns {Promise<Key[]>} */
export async function keys() {
  /** @type {{keys: Key[]}} */
  const reply = await json("GET", "/api/keys");
  return reply.keys;
}

/**
 * @param {string} name
 * @param {string[]} scopes
 * @returns {Promise<{key: Key, secret: string}>} the secret is never told again
 */
export const createKey = (name, scopes) => json("POST", "/api/keys", { name, scopes });

/** @param {string} id @returns {Promise<unknown>} */
export const revokeKey = (id) => json("DELETE", `/api/keys/${id}`);
