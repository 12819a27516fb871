/**
 * The prompt as a GGUF file's own chat template writes it, in the templates' language (Jinja). A last
 * message of the assistant is a prefix: it stands open at the end, so the model goes on writing it.
 */

import { Fault } from "./fault.js";
import { splitPrefix } from "./history.js";

/** @typedef {(messages: import("./history.js").Message[]) => string} Render */

/**
 * What writes a prompt; throws a Fault where the file has no template.
 * @param {typeof import("./llama.js").Template} Template
 * @param {import("./gguf.js").Header} header
 * @param {boolean} addsBeginning whether llama.cpp puts the token that begins a text there by itself
 * @returns {Render}
 */
export function chatTemplate(Template, { chatTemplate: source, tokens, bos, eos }, addsBeginning) {
  if (!source) {
    throw new Fault("engine_error", "This model cannot chat: its file has no chat template.");
  }
  const template = new Template(source);
  const words = {
    bos_token: addsBeginning ? "" : (tokens[bos] ?? ""),
    eos_token: tokens[eos] ?? "",
  };
  return (messages) => {
    const { history, prefix } = splitPrefix(messages);
    const prompt = template.render({
      messages: oneSystemMessage(history),
      add_generation_prompt: true,
      ...words,
    });
    return prompt + prefix;
  };
}

/** Templates know one system message, at the beginning. @param {import("./history.js").Message[]} history */
function oneSystemMessage(history) {
  const isSystem = (/** @type {import("./history.js").Message} */ { role }) => role === "system";
  const spoken = history.filter(isSystem).map(({ content }) => content);
  const turns = history.filter((message) => !isSystem(message));
  return spoken.length ? [{ role: "system", content: spoken.join("\n\n") }, ...turns] : turns;
}
