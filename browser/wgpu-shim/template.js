/**
 * From messages to the exact text that the model reads: its chat template, the fitted history, the prefix.
 *
 * The template is MLC's `conv_template` (roles, seps, system_template, role_templates, ...). A last
 * message of the assistant is a prefix: it stands open at the end, so the model goes on writing it.
 *
 * History is cut to the context window minus the room for the answer: the system message and the
 * newest messages stay, the oldest go first, and what is left begins with a user's message. The cut
 * never looks at the prefix unless the prefix has outgrown that room, so the worker that continues an
 * answer reads the very prompt that the first one read.
 */

import { fault } from "./fault.js";

/**
 * @typedef {{role: "system" | "user" | "assistant", content: string}} Message
 * @typedef {{
 *   system_template: string, system_message: string, roles: Record<string, string>,
 *   role_templates?: Record<string, string>, seps: string[], stop_str: string[],
 *   role_content_sep?: string, role_empty_sep?: string, system_prefix_token_ids?: number[],
 *   add_role_after_system_message?: boolean, render_empty_system_message?: boolean,
 * }} ConvTemplate
 */

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
 * The text of the prompt. Separators go by role, so two messages of one role in a row stay readable.
 * @param {ConvTemplate} template
 * @param {Message[]} messages
 * @param {string} opening text of the token ids that open every prompt ("" for none)
 */
export function renderPrompt(template, messages, opening = "") {
  const { history, prefix } = splitPrefix(messages);
  const system = renderSystem(template, history);
  const turns = history.filter(({ role }) => role !== "system");
  const rendered = turns.map((message, index) => {
    const isRoleless = index === 0 && system !== "" && template.add_role_after_system_message === false;
    return (isRoleless ? "" : roleHeader(template, message.role)) + renderTurn(template, message);
  });
  const reply = roleName(template, "assistant") + (template.role_empty_sep ?? ": ");
  return opening + system + rendered.join("") + reply + prefix;
}

/** @param {ConvTemplate} template @param {Message[]} history */
function renderSystem(template, history) {
  const spoken = history.filter(({ role }) => role === "system").map(({ content }) => content);
  const text = spoken.length ? spoken.join("\n\n") : template.system_message;
  if (text === "" && template.render_empty_system_message === false) return "";
  return template.system_template.replace("{system_message}", () => text);
}

/** @param {ConvTemplate} template @param {Message} message */
function renderTurn(template, { role, content }) {
  const frame = template.role_templates?.[role] ?? `{${role}_message}`;
  const text = frame.replace("{function_string}", "").replace(`{${role}_message}`, () => content);
  return text + template.seps[role === "assistant" ? 1 % template.seps.length : 0];
}

const roleName = (template, role) => template.roles[role] ?? role;
const roleHeader = (template, role) => roleName(template, role) + (template.role_content_sep ?? ": ");

/**
 * The prompt that fits the window; throws the fault context_too_long when even the newest turn does not.
 * @param {{
 *   template: ConvTemplate, messages: Message[], opening?: string,
 *   windowTokens: number, maxTokens?: number, countTokens: (text: string) => number,
 * }} fitting
 */
export function fitPrompt({ template, messages, opening = "", windowTokens, maxTokens, countTokens }) {
  const { history, prefix } = splitPrefix(messages);
  const system = history.filter(({ role }) => role === "system");
  const wanted = Math.min(maxTokens ?? Infinity, Math.floor(windowTokens * DEFAULT_ROOM));
  const room = Math.max(1, wanted, prefix && countTokens(prefix) + 1);
  for (const turns of everShorter(history.filter(({ role }) => role !== "system"))) {
    const kept = [...system, ...turns];
    if (countTokens(renderPrompt(template, kept, opening)) + room <= windowTokens) {
      return renderPrompt(template, prefix ? [...kept, { role: "assistant", content: prefix }] : kept, opening);
    }
  }
  throw fault("context_too_long");
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
