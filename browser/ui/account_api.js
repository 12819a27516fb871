/**
 * The orchestrator's endpoints about accounts, credits and keys, one function each; asks through api.js.
 *
 * @typedef {{id: string, name?: string, createdAt: string}} Passkey
 * @typedef {{id: string, createdAt: string, passkeys: Passkey[],
 *   wallets: {address: string, createdAt: string}[], recoveryCodesLeft: number}} Account
 * @typedef {{id: string, createdAt: string, device: string, isCurrent: boolean}} Session
 * @typedef {{id: string, name: string, scopes: string[], prefix: string, createdAt: string,
 *   lastUsedAt?: string | null}} Key
 * @typedef {{moveHistory?: true}} Wishes of who signs in: whether this browser's chats go along
 * @typedef {{at: string, kind: string, credits: number, jobId?: string | null}} Entry
 */

import { json } from "./api.js";

/** @returns {Promise<Account | null>} null when nobody is signed in */
export const account = async () => (await json("GET", "/api/account")).account;
export const logout = () => json("POST", "/api/account/logout", {});
export const deleteAccount = () => json("DELETE", "/api/account");

/** @returns {Promise<{challengeId: string, options: object}>} also adds a passkey to one's account */
export const passkeyCreation = () => json("POST", "/api/account/passkey/register/options", {});
/** @returns {Promise<{account: Account, recoveryCodes?: string[]}>} */
export const registerPasskey = (challengeId, credential, name, wishes) =>
  json("POST", "/api/account/passkey/register", { challengeId, credential, name, ...wishes });
export const removePasskey = (id) => json("DELETE", `/api/account/passkeys/${id}`);
export const removeWallet = (address) => json("DELETE", `/api/account/wallets/${address}`);

/** @returns {Promise<{challengeId: string, options: object}>} */
export const passkeyRequest = () => json("POST", "/api/account/passkey/login/options", {});
export const loginWithPasskey = (challengeId, credential, wishes) =>
  json("POST", "/api/account/passkey/login", { challengeId, credential, ...wishes });

/** @returns {Promise<{challengeId: string, message: string}>} */
export const walletChallenge = (address, chainId) =>
  json("POST", "/api/account/wallet/challenge", { address, chainId });
/** @returns {Promise<{account: Account, recoveryCodes?: string[]}>} */
export const loginWithWallet = (challengeId, signature, wishes) =>
  json("POST", "/api/account/wallet/login", { challengeId, signature, ...wishes });

/** @param {string} code @param {Wishes} wishes */
export const recover = (code, wishes) => json("POST", "/api/account/recover", { code, ...wishes });
/** @returns {Promise<string[]>} a new set; older ones hold no longer */
export const newRecoveryCodes = async () => (await json("POST", "/api/account/recovery-codes", {})).codes;

/** @returns {Promise<Session[]>} */
export const sessions = async () => (await json("GET", "/api/account/sessions")).sessions;
export const revokeSession = (id) => json("DELETE", `/api/account/sessions/${id}`);

/** @returns {Promise<number>} */
export const credits = async () => (await json("GET", "/api/credits")).credits;
/** @returns {Promise<Entry[]>} the latest first */
export const ledger = async () => (await json("GET", "/api/credits/ledger")).entries;

/** @returns {Promise<Key[]>} */
export const keys = async () => (await json("GET", "/api/keys")).keys;
/** @returns {Promise<{key: Key, secret: string}>} the secret is never told again */
export const createKey = (name, scopes) => json("POST", "/api/keys", { name, scopes });
export const revokeKey = (id) => json("DELETE", `/api/keys/${id}`);
