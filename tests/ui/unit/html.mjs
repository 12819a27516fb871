/** Pieces as the page would have them, in one string. */

/** @param {import("../../../browser/ui/markdown.js").Piece[]} pieces @returns {string} */
export const htmlOf = (pieces) =>
  pieces
    .map(({ tag, attributes = {}, pieces: inside = [], html = "", text = "" }) => {
      const named = Object.entries(attributes).map(([name, value]) => ` ${name}="${value}"`);
      return `<${tag}${named.join("")}>${htmlOf(inside)}${html}${text}</${tag}>`;
    })
    .join("");
