/** No sign is seen before its meaning is known, and none that is written is lost. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { blocksOf } from "../../../browser/ui/markdown.js";
import { presentable } from "../../../browser/ui/unfinished.js";
import { htmlOf } from "./html.mjs";

/** @param {string} text */
const shown = (text) => htmlOf(blocksOf(presentable(text)));

/** What is seen after each character. @param {string} text */
const moments = (text) =>
  Array.from({ length: text.length }, (_, index) => shown(text.slice(0, index + 1)));

test("a list after a line is never a heading", () => {
  for (const list of [
    "Some:\n- one\n- two",
    "Some:\n\n1. one\n- two",
    "Some:\n* one",
    "Some:\n+ one",
  ])
    for (const html of moments(list)) assert.doesNotMatch(html, /<h\d>|<hr>/);
});

test("neither half emphasis nor half a link shows its signs", () => {
  const line =
    "Some **bold _and_ more** ~~old~~ `code` ***both*** and [a link](https://a.example/x) end";
  for (const html of moments(line))
    assert.doesNotMatch(html.replace(/<[^>]*>/g, ""), /[*_~`[\]()]|https/);
  for (const html of moments("- in *a list*\n- *too*")) assert.doesNotMatch(html, /\*/);
  for (const html of moments("a\n**b\nc**")) assert.doesNotMatch(html, /\*/);
});

test("a table is one from its first row on, and a cell may be half", () => {
  const table = "| a | b |\n|---|--:|\n| **c** | `d` |\n| e | f |";
  for (const html of moments(table)) {
    assert.match(html, /^$|^<div class="wide"/);
    assert.doesNotMatch(html, /\*|`/);
  }
});

test("code stays as it is written, and its fence is no part of it", () => {
  const code = '```js\nconst a = ["*", "**", "[x](", "`"];\n- 1\n```';
  const [last] = moments(code).slice(-1);
  for (const html of moments(code)) assert.doesNotMatch(html, /<(?:em|strong|a|li)>|\n`+</);
  assert.equal(presentable(code.slice(0, -4)), code.slice(0, -4));
  assert.match(last, /\["\*", "\*\*", "\[x\]\(", "`"\]/);
});

test("a sign that only looks like one is itself", () => {
  for (const text of [
    "2 * 3 = 6",
    "snake_case_name",
    "5*3 apples",
    "~5 m",
    "see [1] and",
    "a \\* b",
  ])
    assert.equal(presentable(text), text);
});
