/**
 * Which conversation the page shows: in its address, and remembered for who comes back from another page.
 */

import * as storage from "./storage.js";

const KEY = "ashao.conversation";
const CONVERSATION_ID = /^[0-9a-f]{32}$/; // an address may also name a place on the page

/** The conversation that was shown last; "" for none. */
export const lastShown = () =>
  [location.hash.slice(1), storage.tab.get(KEY)].find((id) => CONVERSATION_ID.test(id)) ?? "";

/** The conversation that the address names now: undefined when it names something else. */
export function named() {
  const name = location.hash.slice(1);
  return name === "" || CONVERSATION_ID.test(name) ? name : undefined;
}

/** @param {string} id "" for a new one */
export const remember = (id) => storage.tab.set(KEY, id);

/** Puts it into the address, as a step to go back from. @param {string} id "" for a new one */
export function enter(id) {
  if (named() !== id) history.pushState(null, "", id ? `#${id}` : location.pathname);
}

/** Puts it into the address in place of what was there. @param {string} id */
export function correct(id) {
  if (named() !== id) history.replaceState(null, "", `#${id}`);
}
