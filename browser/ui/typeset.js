/** Formulas as a book has them; until KaTeX is here, or where it cannot read one, as they were written. */

import { texOf } from "./formula.js";
import { OnDemand } from "./on_demand.js";

const katex = new OnDemand(async () => {
  const [library] = await Promise.all([import("./math.js"), styled()]);
  return library;
});
// Strangers write these: no links, no macros without end, no box larger than the page.
const RULES = { trust: false, maxExpand: 500, maxSize: 20, strict: false, throwOnError: true };
const MOST_CHARACTERS = 4000; // of one formula; a longer one stays text
const REMEMBERED = 300;
/** @type {Map<string, HTMLElement | null>} formulas that were set, null for those that cannot be */
const set = new Map();

/**
 * Sets all formulas in an element.
 * @param {HTMLElement} element
 * @param {() => void} later called once they can be set, if they cannot yet
 */
export function typeset(element, later) {
  const formulas = element.querySelectorAll("var");
  if (formulas.length === 0) return;
  const library = katex.get(later);
  if (!library) return;
  for (const each of formulas) {
    const whole = each.textContent ?? "";
    const made = set.has(whole) ? set.get(whole) : remember(whole, madeOf(library, whole));
    if (made) each.replaceChildren(made.cloneNode(true));
  }
}

/** @param {string} whole @param {HTMLElement | null} made */
function remember(whole, made) {
  if (set.size === REMEMBERED) set.delete(/** @type {string} */ (set.keys().next().value));
  set.set(whole, made);
  return made;
}

/** @param {typeof import("./math.js")} library @param {string} whole */
function madeOf(library, whole) {
  if (whole.length > MOST_CHARACTERS) return null;
  const { tex, isDisplay } = texOf(whole);
  const made = document.createElement("span");
  try {
    library.render(tex, made, { ...RULES, displayMode: isDisplay });
  } catch {
    return null;
  }
  return made;
}

/** KaTeX's own style, and with it its fonts. */
function styled() {
  const href = new URL("./math.css", import.meta.url).href;
  return new Promise((resolve, reject) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    link.addEventListener("load", resolve);
    link.addEventListener("error", () => {
      link.remove();
      reject(new Error("the formulas' style cannot be fetched"));
    });
    document.head.append(link);
  });
}
