/**
 * What an account holds, as lists whose lines can be taken away one by one.
 */

import { make } from "./element.js";
import { ago, figure } from "./words.js";

/** @typedef {{title: string, detail: string, remove?: {label: string, act: () => void}}} Line */

/** @type {Record<string, string>} */
const KINDS = {
  sign_up: "Welcome gift",
  grant: "Grant",
  charge: "Question",
  settle: "Answer given",
  refund: "Refund",
};

/**
 * @template Item
 * @param {HTMLElement} list
 * @param {Item[]} items
 * @param {(item: Item) => Line} lineOf
 */
export function fill(list, items, lineOf) {
  list.replaceChildren(...items.map((item) => line(lineOf(item))));
  if (items.length === 0) list.append(make("li", { class: "none", text: "None yet." }));
}

/** @param {Line} line */
function line({ title, detail, remove }) {
  const words = make("div", {}, make("strong", { text: title }), make("small", { text: detail }));
  const item = make("li", {}, words);
  if (remove)
    item.append(
      make("button", { type: "button", class: "plain small", click: remove.act }, remove.label),
    );
  return item;
}

/** @param {import("./account_api.js").Session} session */
export const sessionLine = ({ device, createdAt, isCurrent }) => ({
  title: isCurrent ? `${device} (this one)` : device,
  detail: `since ${ago(createdAt)}`,
});

/** @param {import("./account_api.js").Key} key */
export const keyLine = ({ name, scopes, prefix, createdAt, lastUsedAt }) => ({
  title: name,
  detail: `${prefix}… · ${scopes.includes("donate") ? "for a worker" : "for a program"} · made ${ago(createdAt)} · ${lastUsedAt ? `used ${ago(lastUsedAt)}` : "never used"}`,
});

/** @param {import("./account_api.js").Passkey} passkey */
export const passkeyLine = ({ name, createdAt }) => ({
  title: name || "Passkey",
  detail: `made ${ago(createdAt)}`,
});

/** @param {{address: string, createdAt: string}} wallet */
export const walletLine = ({ address, createdAt }) => ({
  title: `Wallet ${address.slice(0, 6)}…${address.slice(-4)}`,
  detail: `since ${ago(createdAt)}`,
});

/** @param {HTMLTableSectionElement} body @param {import("./account_api.js").Entry[]} entries */
export function fillLedger(body, entries) {
  body.replaceChildren(
    ...entries.map(({ at, kind, credits }) =>
      make(
        "tr",
        {},
        make("td", { text: ago(at) }),
        make("td", { text: KINDS[kind] ?? kind }),
        make("td", {
          class: "amount",
          text: `${credits > 0 ? "+" : "−"}${figure(Math.abs(credits))}`,
        }),
      ),
    ),
  );
}
