/**
 * The way to one's account, in the head of every page: credits for who is signed in, else an invitation.
 */

import { account, credits } from "./account_api.js";
import { byId } from "./element.js";
import { counted } from "./words.js";

/** Shows it once the orchestrator has said who this is; without an answer there is nothing to show. */
export async function showAccount() {
  const link = byId("account-link", HTMLAnchorElement);
  try {
    const label = (await account()) ? counted(await credits(), "credit") : "Sign in";
    const words = link.querySelector("span");
    if (words) words.textContent = label;
    link.hidden = false;
  } catch {
    link.hidden = true;
  }
}
