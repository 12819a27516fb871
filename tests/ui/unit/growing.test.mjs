/** A growing text is read from its end, and at each moment shown as the whole of it would be. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { GrowingMarkdown } from "../../../browser/ui/growing.js";
import { blocksOf } from "../../../browser/ui/markdown.js";
import { htmlOf } from "./html.mjs";

const TEXT = `# Head

One line
and *another* with a [link](https://a.example).

- item
- **two**
  1. inner

  its own paragraph

| a | b |
|---|--:|
| 1 | \`2\` |

\`\`\`js
const a = [1];

const b = "**";
\`\`\`

> said
> by whom

The end.

And more.`;

test("it ends as if it had been read at once, in whatever pieces it came", () => {
  for (const step of [1, 2, 3, 7, 40]) {
    const growing = new GrowingMarkdown();
    for (let end = 1; end < TEXT.length; end += step) growing.piecesOf(TEXT.slice(0, end), false);
    assert.deepEqual(growing.piecesOf(TEXT, false), blocksOf(TEXT));
  }
});

test("what lies before the end is not read again", () => {
  const growing = new GrowingMarkdown();
  const before = growing.piecesOf("one\n\ntwo\n\nthree\n\nfour", false);
  const after = growing.piecesOf("one\n\ntwo\n\nthree\n\nfour and five", false);
  assert.equal(after[0], growing.piecesOf("one\n\ntwo\n\nthree\n\nfour and", false)[0]);
  assert.deepEqual(after.slice(0, 3), before.slice(0, 3));
});

test("a link's address may come before it, and after it once the text is whole", () => {
  const growing = new GrowingMarkdown();
  const before = "[a]: https://a.example\n\none\n\ntwo\n\nthree\n\n";
  growing.piecesOf(before, false);
  growing.piecesOf(`${before}[a] and `, false);
  assert.match(htmlOf(growing.piecesOf(`${before}[a] and [b].`, false)), /<a href="https:\/\/a/);
  const whole = `${before}[b].\n\n[b]: https://b.example`;
  assert.match(htmlOf(growing.piecesOf(whole, true)), /<a href="https:\/\/b/);
});

test("another text begins anew", () => {
  const growing = new GrowingMarkdown();
  growing.piecesOf("one\n\ntwo\n\nthree\n\nfour", false);
  assert.deepEqual(growing.piecesOf("other words", false), blocksOf("other words"));
});
