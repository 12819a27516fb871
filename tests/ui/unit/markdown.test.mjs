/** Answers are strangers' words: what is written as HTML is shown as text, and nothing is loaded. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { blocksOf } from "../../../browser/ui/markdown.js";
import { htmlOf } from "./html.mjs";

/** @param {string} text */
const shown = (text) => htmlOf(blocksOf(text));

test("each block is its own, so that a growing text touches only the last", () => {
  const before = blocksOf("# One\n\ntwo\n\n- th");
  const after = blocksOf("# One\n\ntwo\n\n- three\n\nfour");
  assert.equal(before.length, 3);
  assert.deepEqual(after.slice(0, 2), before.slice(0, 2));
  assert.equal(htmlOf(after.slice(0, 1)), '<h3 dir="auto">One</h3>');
});

test("HTML is text, inside a line and as a block", () => {
  for (const text of ["<script>steal()</script>", "a <img src=x onerror=steal()> b"]) {
    const html = shown(text);
    assert.doesNotMatch(html, /<(?:script|img)/);
    assert.match(html, /&lt;(?:script|img)/);
  }
});

test("lines of HTML stay lines", () => {
  assert.match(shown("<div>\n<p>one</p>\n</div>"), /&lt;div&gt;<br>&lt;p&gt;one&lt;\/p&gt;<br>/);
});

const FORMULAS = [
  "\\(a_1 * b * c_1\\)",
  "\\[x_1\\]",
  "\\[\nx = 1\n- y *z*\n\\]",
  "$a_1 * b_1$",
  "$$\nx\n- y\n$$",
];

test("a formula keeps its backslashes and what is in it", () => {
  for (const formula of FORMULAS) {
    assert.ok(shown(formula).includes(`<var>${formula}</var>`), shown(formula));
    const inLine = formula.replaceAll("\n", " ");
    assert.equal(shown(`So ${inLine} is`), `<p dir="auto">So <var>${inLine}</var> is</p>`);
  }
  assert.match(shown("\\[ *open*"), /\\\[ <em>open<\/em>/);
  assert.match(shown("\\*no\\*"), />\*no\*</);
});

test("prices are no formulas", () => {
  for (const text of ["$5 and $10", "from $5 to $ 7", "US$5-$6", "$", "$$", "$$$$", "a $ b $ c"])
    assert.doesNotMatch(shown(text), /<var>/, text);
});

test("HTML in a formula is text", () => {
  assert.match(shown("$a<b>c$"), /<var>\$a&lt;b&gt;c\$<\/var>/);
});

test("code has its language once its fence is closed", () => {
  const language = (/** @type {string} */ text) =>
    blocksOf(text)[0].pieces?.[1].pieces?.[0].language;
  assert.equal(language("```python\nx = 1\n```"), "python");
  assert.equal(language("~~~py extra\nx\n~~~\n"), "py");
  assert.equal(language("```python\nx = 1"), undefined);
  assert.equal(language("    x = 1"), undefined);
});

test("a column keeps its side, and whoever reads from the right gets it so", () => {
  const html = shown("| a | b |\n|---|--:|\n| 1 | 2 |\n\n- one\n\n> two");
  assert.match(html, /<td dir="auto" align="right">2</);
  assert.match(html, /<li dir="auto"><div>one</);
  assert.match(html, /<blockquote dir="auto"><p>two</);
});

test("code says its language", () => {
  assert.match(shown("```js title=x\nlet a;\n```"), />js<\/span><pre[^>]*><code>let a;<\/code>/);
});

test("an image is its description, a task is a sign", () => {
  const html = shown("![a & b](/x.png)\n\n- [x] done\n- [ ] open");
  assert.doesNotMatch(html, /<(?:img|input)/);
  assert.match(html, /a &amp; b/);
  assert.match(html, /☑ .*done/s);
  assert.match(html, /☐ .*open/s);
});

test("a line break is one, and nothing is no block", () => {
  assert.match(shown("one\ntwo"), /one<br>two/);
  assert.deepEqual(blocksOf(""), []);
  assert.deepEqual(blocksOf("\n\n"), []);
});

const DEEP = 3000;
const AROUND = {
  quotes: ["> ", ""],
  "quotes without spaces": [">", ""],
  lists: ["- ", ""],
  "numbered lists": ["1. ", ""],
  "quotes in lists": ["- > ", ""],
  stars: ["*", "*"],
  emphasis: ["*a _b ", " c_ d*"],
  strong: ["**a __b ", " c__ d**"],
  deletions: ["~~a ~b ", " c~ d~~"],
  links: ["[", "](/x)"],
  brackets: ["[", "]"],
  images: ["![", "](/x)"],
};

for (const [name, [before, after]] of Object.entries(AROUND)) {
  test(`no matter how deep, ${name} are shown, and only the first levels are elements`, () => {
    const html = shown(`${before.repeat(DEEP)}words${after.repeat(DEEP)}`);
    assert.match(html, /words/);
    assert.ok(depthOf(html) <= 2 * 10 + 1, `${depthOf(html)} levels`); // a list's level is two elements
  });
}

test("what writers mean is nested as they mean it", () => {
  const levels = Array.from({ length: 9 }, (_, level) => level);
  const list = levels.map((level) => `${"  ".repeat(level)}- ${level}`).join("\n");
  assert.equal(shown(list).match(/<ul>/g)?.length, 9);
  const mail = levels.map((level) => `${">".repeat(9 - level)} said by ${level}\nthem`).join("\n");
  assert.equal(shown(mail).match(/<blockquote/g)?.length, 9);
});

test("a staircase of quotes ends in an error and not in a page that stands still", () => {
  const stairs = Array.from({ length: 200 }, (_, step) => `${"> ".repeat(200 - step)}x`);
  assert.throws(() => blocksOf(stairs.join("\n")), RangeError);
  assert.match(shown("> fine"), /<blockquote/); // nothing of it is left over
});

for (const sign of ["*a ", "a*", "**a*b ", "_a__b ", "~a~~b ", "[a](", "![a "]) {
  test(`thousands of "${sign}" are read in a moment, and lose nothing`, () => {
    const text = sign.repeat(10_000); // unbounded, some of these take minutes
    const letters = shown(text)
      .replace(/<[^>]*>|&[a-z]+;/g, "")
      .match(/a/g);
    assert.equal(letters?.length, 10_000);
  });
}

/** How many elements are open at once. @param {string} html */
function depthOf(html) {
  let depth = 0;
  let deepest = 0;
  for (const [, slash] of html.matchAll(/<(\/?)(?!br|hr)[a-z]/g)) {
    depth += slash ? -1 : 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
