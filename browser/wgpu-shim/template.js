/**
 * From messages to the exact text that a model of WebLLM reads: its chat template, and the prefix.
 *
 * The template is MLC's `conv_template` (roles, seps, system_template, role_templates, ...). A last
 * message of the assistant is a prefix: it stands open at the end, so the model goes on writing it.
 */

import { splitPrefix } from "./history.js";

/**
 * @typedef {import("./history.js").Message} Message
 * @typedef {{
 *   system_template: string, system_message: string, roles: Record<string, string>,
 *   role_templates?: Record<string, string>, seps: string[], stop_str: string[],
 *   role_content_sep?: string, role_empty_sep?: string, system_prefix_token_ids?: number[],
 *   add_role_after_system_message?: boolean, render_empty_system_message?: boolean,
 * }} ConvTemplate
 */

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
    const isRoleless =
      index === 0 && system !== "" && template.add_role_after_system_message === false;
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

/** @param {ConvTemplate} template @param {string} role */
const roleName = (template, role) => template.roles[role] ?? role;
/** @param {ConvTemplate} template @param {string} role */
const roleHeader = (template, role) =>
  roleName(template, role) + (template.role_content_sep ?? ": ");
