/**
 * Server-sent events out of a byte stream (WHATWG HTML, section 9.2). Knows nothing of jobs.
 *
 * The orchestrator's dialect: `id:` and one-line `data:` fields, comments to keep the line alive.
 */

const LINE_END = /\r\n|\n|\r(?!$)/;

/**
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} body
 * @param {() => void} onLife called for everything that arrives, comments too
 * @returns {AsyncGenerator<{id: string | null, data: string}>} whole events only
 */
export async function* eventsOf(body, onLife) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let event = empty();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onLife();
      const lines = (rest + value).split(LINE_END);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line !== "") take(event, line);
        else if (event.lines.length > 0) {
          yield { id: event.id, data: event.lines.join("\n") };
          event = empty();
        } else event = empty();
      }
    }
  } finally {
    reader.cancel().catch(() => {}); // the connection may be gone already
  }
}

/** @typedef {{id: string | null, lines: string[]}} Event of which the end has not come */

/** @returns {Event} */
const empty = () => ({ id: null, lines: [] });

/** @param {Event} event @param {string} line */
function take(event, line) {
  const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
  if (field === "data") event.lines.push(value);
  else if (field === "id" && value) event.id = value;
}
