/**
 * The prompt that fits a model's window, whatever template writes it and whatever counts its tokens.
 */

import { fault } from "./fault.js";
import { fitHistory, historyBudget, splitPrefix } from "./history.js";

/**
 * A text to go on from, around which no template is written.
 * @param {import("./history.js").Message[]} messages
 */
export function renderRaw(messages) {
  return messages.map(({ content }) => content).join("");
}

/**
 * The text that the model reads; throws the fault context_too_long when even the newest turn does not fit.
 * @param {{
 *   messages: import("./history.js").Message[], windowTokens: number, maxTokens?: number,
 *   render: (messages: import("./history.js").Message[]) => string,
 *   countTokens: (text: string) => number | Promise<number>,
 * }} fitting
 */
export async function fitPrompt({ messages, windowTokens, maxTokens, render, countTokens }) {
  const { history, prefix } = splitPrefix(messages);
  const budget = historyBudget(windowTokens, maxTokens, prefix ? await countTokens(prefix) : 0);
  const fitted = await fitHistory(history, budget, (each) => countTokens(render(each)));
  if (!fitted) throw fault("context_too_long");
  const answer = /** @type {const} */ ({ role: "assistant", content: prefix });
  return render(prefix ? [...fitted, answer] : fitted);
}
