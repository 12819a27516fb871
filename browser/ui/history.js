/**
 * Brings a kept conversation to the page: the first time all of it, later what has come or gone since.
 */

import * as api from "./api.js";
import { withRetries } from "./retry.js";

export class History {
  /**
   * @param {import("./turns.js").Turns} turns
   * @param {object} handlers
   * @param {(conversationId: string) => boolean} handlers.isShown whether the reader still wants to see it
   * @param {(answer: import("./answer.js").Answer) => void} handlers.onOpen of an answer whose end has not come
   * @param {() => void} handlers.onGone
   */
  constructor(turns, { isShown, onOpen, onGone }) {
    this.turns = turns;
    this.isShown = isShown;
    this.onOpen = onOpen;
    this.onGone = onGone;
  }

  /**
   * Whether it was brought; throws an ApiError when nobody could be asked.
   * @param {string} conversationId
   * @param {import("./api.js").Tier} tier that a message which is asked again gets
   */
  async bring(conversationId, tier) {
    const isShown = () => this.isShown(conversationId);
    const known = this.turns.jobIds;
    try {
      const { messages } = await withRetries(() => api.conversation(conversationId), isShown);
      if (!isShown()) return false;
      const template = { content: "", tier, conversationId };
      for (const answer of this.turns.bring(messages, known, template)) this.onOpen(answer);
      return true;
    } catch (error) {
      if (!isShown()) return false;
      if (![401, 404].includes(api.statusOf(error))) throw error;
      this.onGone();
      return false;
    }
  }
}
