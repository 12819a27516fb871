/** Answers are strangers' words: what is written as HTML is shown as text, and nothing is loaded. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { blocksOf } from "../../../browser/ui/markdown.js";

test("each block is its own, so that a growing text touches only the last", () => {
  const before = blocksOf("# One\n\ntwo\n\n- th");
  const after = blocksOf("# One\n\ntwo\n\n- three\n\nfour");
  assert.equal(before.length, 3);
  assert.deepEqual(after.slice(0, 2), before.slice(0, 2));
  assert.deepEqual(after[0].trim(), "<h1>One</h1>");
});

test("HTML is text, inside a line and as a block", () => {
  for (const text of ["<script>steal()</script>", "a <img src=x onerror=steal()> b"]) {
    const html = blocksOf(text).join("");
    assert.doesNotMatch(html, /<(?:script|img)/);
    assert.match(html, /&lt;(?:script|img)/);
  }
});

test("an image is its description, a task is a sign", () => {
  const html = blocksOf("![a & b](/x.png)\n\n- [x] done\n- [ ] open").join("");
  assert.doesNotMatch(html, /<(?:img|input)/);
  assert.match(html, /a &amp; b/);
  assert.match(html, /☑ .*done/s);
  assert.match(html, /☐ .*open/s);
});

test("a line break is one, and nothing is no block", () => {
  assert.match(blocksOf("one\ntwo")[0], /one<br>two/);
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
    const html = blocksOf(`${before.repeat(DEEP)}words${after.repeat(DEEP)}`).join("");
    assert.match(html, /words/);
    assert.ok(depthOf(html) <= 2 * 10 + 1, `${depthOf(html)} levels`); // a list's level is two elements
  });
}

test("what writers mean is nested as they mean it", () => {
  const levels = Array.from({ length: 9 }, (_, level) => level);
  const list = levels.map((level) => `${"  ".repeat(level)}- ${level}`).join("\n");
  assert.equal(blocksOf(list).join("").match(/<ul>/g)?.length, 9);
  const mail = levels.map((level) => `${">".repeat(9 - level)} said by ${level}\nthem`).join("\n");
  assert.equal(
    blocksOf(mail)
      .join("")
      .match(/<blockquote>/g)?.length,
    9,
  );
});

test("a staircase of quotes ends in an error and not in a page that stands still", () => {
  const stairs = Array.from({ length: 200 }, (_, step) => `${"> ".repeat(200 - step)}x`);
  assert.throws(() => blocksOf(stairs.join("\n")), RangeError);
  assert.match(blocksOf("> fine")[0], /<blockquote>/); // nothing of it is left over
});

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
