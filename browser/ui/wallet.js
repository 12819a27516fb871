/**
 * Sign-in with an Ethereum wallet (EIP-4361): the wallet signs a message, and nothing is paid.
 */

import * as api from "./account_api.js";
import { ApiError } from "./api.js";

/** Whether a wallet lives in this browser. */
export const hasWallet = () => Boolean(globalThis.ethereum);

/** @param {api.SignInOptions} options @returns {Promise<api.SignedIn>} */
export async function signInWithWallet(options) {
  const wallet = globalThis.ethereum;
  if (!wallet) throw new Error("There is no wallet in this browser.");
  try {
    const accounts = await wallet.request({ method: "eth_requestAccounts" });
    const [address] = /** @type {string[]} */ (accounts);
    const chainId = Number(await wallet.request({ method: "eth_chainId" }));
    const { challengeId, message } = await api.walletChallenge(address, chainId);
    const signature = await wallet.request({
      method: "personal_sign",
      params: [hex(message), address],
    });
    return await api.loginWithWallet(challengeId, String(signature), options);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new Error("The wallet did not sign. Nothing has changed; you can try again.");
  }
}

/** @param {string} text */
const hex = (text) =>
  `0x${[...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
