/** Days in the list, files to save, files that go along. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { partOf } from "../../../browser/ui/days.js";
import { asMarkdown, fileName } from "../../../browser/ui/save_file.js";

const NOW = new Date(2026, 2, 30, 0, 5); // a day after the clocks went forward in much of Europe

test("moments belong to days as a calendar has them", () => {
  /** @param {number} day @param {number} hour */
  const part = (day, hour) => partOf(new Date(2026, 2, day, hour).toISOString(), NOW);
  assert.equal(part(30, 0), "Today");
  assert.equal(part(31, 9), "Today"); // a clock that is ahead
  assert.equal(part(29, 23), "Yesterday");
  assert.equal(part(29, 0), "Yesterday");
  assert.equal(part(28, 23), "The last seven days");
  assert.equal(part(24, 0), "The last seven days");
  assert.match(part(23, 23), /March 2026/);
});

test("a conversation is saved with what became of its answers", () => {
  const saved = asMarkdown({
    id: "1",
    title: "Tides",
    messages: [
      { role: "user", content: "Why?", status: "done", jobId: "a" },
      { role: "assistant", content: "The moon.", status: "cancelled", jobId: "a" },
    ],
  });
  assert.equal(saved, "# Tides\n\n## You\n\nWhy?\n\n## ashao\n\nThe moon.\n\n*(cancelled)*\n");
});

test("a file's name is one that every system takes", () => {
  assert.equal(fileName("a/b: c?"), "a b c.md");
  assert.equal(fileName("../.."), "conversation.md");
  assert.equal(fileName("x".repeat(300)).length, 63);
});
