/**
 * Colours of code, by the CSS Custom Highlight API: the text itself stays as it is, so that a selection in it
 * stays, too. Browsers without it show code in one colour.
 */

import { OnDemand } from "./on_demand.js";

const lowlight = new OnDemand(async () => {
  const { common, createLowlight } = await import("./highlight.js");
  return createLowlight(common);
});
const MOST_CHARACTERS = 60_000; // of one block; a longer one is not worth the time
/** highlight.js's many words for what code is made of, in the few that have a colour. */
const KINDS = new Map(
  Object.entries({
    keyword: ["keyword", "literal", "selector-tag", "name"],
    string: ["string", "regexp", "char", "addition"],
    number: ["number", "symbol", "bullet"],
    comment: ["comment", "quote", "meta"],
    title: ["title", "section", "selector-class", "selector-id"],
    type: ["type", "built_in", "attr", "attribute", "property"],
    variable: ["variable", "template-variable", "deletion"],
  }).flatMap(([kind, words]) => words.map((word) => [word, `code-${kind}`])),
);
/** @type {WeakMap<Node, {kind: string, range: AbstractRange}[]>} by the text that has them */
const ranges = new WeakMap();

/** @typedef {import("lowlight").createLowlight} createLowlight */
/** @typedef {ReturnType<createLowlight>} Lowlight */
/** @typedef {ReturnType<Lowlight["highlight"]>["children"][number]} Branch */

/**
 * Colours an element's text, which is its only child, if its language is known.
 * @param {HTMLElement} element
 * @param {string} language
 * @param {() => void} later called once it can be coloured, if it cannot yet
 */
export function colour(element, language, later) {
  const text = element.firstChild;
  if (!(text instanceof Text) || !("highlights" in CSS) || text.length > MOST_CHARACTERS) return;
  const library = lowlight.get(later);
  if (!library?.registered(language)) return;
  clear();
  for (const { range, kind } of ranges.get(text) ?? []) CSS.highlights.get(kind)?.delete(range);
  const found = [...coloured(library.highlight(language, text.data).children, text)];
  ranges.set(text, found);
  for (const { kind, range } of found) highlightOf(kind).add(range);
}

/**
 * @param {Branch[]} branches of the syntax
 * @param {Text} text
 * @returns {Generator<{kind: string, range: AbstractRange}, number>} the next offset
 */
function* coloured(branches, text, kind = "", start = 0) {
  let at = start;
  for (const branch of branches) {
    if (branch.type === "element") {
      const inside = kindOf(branch.properties.className) ?? kind;
      at = yield* coloured(/** @type {Branch[]} */ (branch.children), text, inside, at);
    } else if (branch.type === "text") {
      const end = at + branch.value.length;
      if (kind && at < end) {
        const place = { startContainer: text, startOffset: at, endContainer: text, endOffset: end };
        yield { kind, range: new StaticRange(place) };
      }
      at = end;
    }
  }
  return at;
}

/** @param {unknown} names such as hljs-title and function_ */
function kindOf(names) {
  const [name] = Array.isArray(names) ? names : [];
  return KINDS.get(String(name).replace(/^hljs-/, ""));
}

/** @param {string} kind */
function highlightOf(kind) {
  const highlight = CSS.highlights.get(kind) ?? new Highlight();
  CSS.highlights.set(kind, highlight);
  return highlight;
}

/** Forgets what is no longer on the page. */
function clear() {
  for (const highlight of CSS.highlights.values())
    for (const range of highlight) if (!range.startContainer.isConnected) highlight.delete(range);
}
