/**
 * What of a conversation fits a model's window: the newest turns, whole; the oldest go first.
 *
 * System messages and the newest turn stay, and what is left begins with a user's message. The budget
 * never looks at the prefix unless that has outgrown the room for the answer, so the worker that
 * continues an answer reads the very prompt that the first one read.
 *
 * Python's twins obey the same cases, tests/text/history.json.
 */

/** @typedef {{role: "system" | "user" | "assistant", content: string}} Message */

/** Part of the window that is kept free for an answer whose length nobody named. */
const DEFAULT_ROOM = 1 / 4;

/**
 * The open answer at the end of the messages, if there is one, and what comes before it.
 * @param {Message[]} messages
 * @returns {{history: Message[], prefix: string}}
 */
export function splitPrefix(messages) {
  const last = messages.at(-1);
  if (last?.role !== "assistant") return { history: messages, prefix: "" };
  return { history: messages.slice(0, -1), prefix: last.content };
}

/**
 * How many tokens the history may have, so that there is room for the answer.
 * @param {number} windowTokens what prompt and answer may have together
 * @param {number | undefined} maxTokens the longest answer that was asked for
 * @param {number} prefixTokens how much of the answer there is already
 */
export function historyBudget(windowTokens, maxTokens, prefixTokens) {
  const wanted = Math.min(maxTokens ?? Infinity, Math.floor(windowTokens * DEFAULT_ROOM));
  return windowTokens - Math.max(wanted, prefixTokens + 1);
}

/**
 * The messages that stay; undefined when even the newest turn is longer than the budget.
 * @param {Message[]} history without a prefix
 * @param {number} budgetTokens
 * @param {(messages: Message[]) => number | Promise<number>} countTokens
 */
export async function fitHistory(history, budgetTokens, countTokens) {
  const system = history.filter(({ role }) => role === "system");
  const turns = history.filter(({ role }) => role !== "system");
  for (const newest of everShorter(turns)) {
    const fitted = [...system, ...newest];
    if ((await countTokens(fitted)) <= budgetTokens) return fitted;
  }
  return undefined;
}

/**
 * All turns, then without the oldest exchange, and so on; each begins with a user's message.
 * @param {Message[]} turns
 */
function* everShorter(turns) {
  yield turns;
  for (let start = 1; start < turns.length; start += 1) {
    if (turns[start].role === "user") yield turns.slice(start);
  }
}
