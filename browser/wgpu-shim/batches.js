/**
 * Pieces of text on their way to Python, several at a time: a crossing costs more than a token.
 *
 * A batch leaves with the piece that fills it or that comes BATCH_MS after the batch before; the first
 * piece leaves at once. No timer: tokens themselves are the clock.
 */

const BATCH_MS = 30;
const BATCH_PIECES = 16;

export class Batches {
  /** @type {{text: string, tokens: number}[]} */
  #pieces = [];
  #sentAt = -Infinity;
  #send;
  #now;

  /**
   * @param {(batchJson: string) => void} send gets JSON {"pieces": [{"text", "tokens"}]}
   * @param {() => number} now milliseconds
   */
  constructor(send, now = () => performance.now()) {
    this.#send = send;
    this.#now = now;
  }

  /** @param {string} text @param {number} tokens how many tokens made this text */
  add(text, tokens) {
    this.#pieces.push({ text, tokens });
    if (this.#pieces.length >= BATCH_PIECES || this.#now() - this.#sentAt >= BATCH_MS) this.flush();
  }

  flush() {
    if (this.#pieces.length === 0) return;
    this.#send(JSON.stringify({ pieces: this.#pieces }));
    this.#pieces = [];
    this.#sentAt = this.#now();
  }
}
