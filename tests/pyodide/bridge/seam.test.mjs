/** Nothing is sent that would have to be taken back. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { safeLength, wholeCharacters } from "../../../browser/wgpu-shim/seam.js";

const safe = (text, stops = []) => text.slice(0, safeLength(text, stops));

test("text without stop strings is sent whole", () => {
  assert.equal(safe("Hello"), "Hello");
});

test("the beginning of a stop string is held back, and released when it was none", () => {
  assert.equal(safe("Hello <|", ["<|end|>"]), "Hello ");
  assert.equal(safe("Hello <b>", ["<|end|>"]), "Hello <b>");
});

test("the longest possible beginning is held back", () => {
  assert.equal(safe("a aab", ["aaba", "b!"]), "a ");
});

test("half a character is held back", () => {
  assert.equal(safe("sun \uFFFD"), "sun ");
  assert.equal(wholeCharacters("sun \uD83C"), "sun ");
  assert.equal(wholeCharacters("sun \u{1F31E}"), "sun \u{1F31E}");
});
