/**
 * Tells the other tabs of this browser that a conversation has changed.
 */

export class OtherTabs {
  #channel = new BroadcastChannel("ashao.conversations");

  /** @param {(conversationId: string) => void} onChange in another tab */
  constructor(onChange) {
    this.#channel.addEventListener("message", ({ data }) => onChange(String(data)));
  }

  /** @param {string} conversationId that changed here */
  tell(conversationId) {
    this.#channel.postMessage(conversationId);
  }
}
