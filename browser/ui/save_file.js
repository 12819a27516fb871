/** A conversation as a file to keep or to pass on. */

/** @param {import("./api.js").Conversation} conversation */
export function asMarkdown({ title, messages }) {
  const said = messages.map(({ role, content, status }) => {
    const note = status === "done" ? "" : `\n\n*(${status})*`;
    return `## ${role === "user" ? "You" : "ashao"}\n\n${content}${note}`;
  });
  return `${[`# ${title}`, ...said].join("\n\n")}\n`;
}

/** A name that every system takes. @param {string} title */
export const fileName = (title) =>
  `${
    title
      .replace(/[\s\p{C}\\/:*?"<>|.]+/gu, " ")
      .trim()
      .slice(0, 60) || "conversation"
  }.md`;

/** @param {string} name @param {string} text */
export function saveFile(name, text) {
  const href = URL.createObjectURL(new Blob([text], { type: "text/markdown" }));
  const link = Object.assign(document.createElement("a"), { href, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
