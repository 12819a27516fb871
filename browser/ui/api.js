/**
 * The orchestrator's endpoints, one function each; the only place that fetches.
 *
 * Every failure is an ApiError whose message may be shown to a person.
 *
 * @typedef {"pro" | "max"} Tier
 * @typedef {{id: string, title: string, updatedAt: string}} ConversationSummary
 * @typedef {"queued" | "running" | "done" | "failed" | "cancelled"} AnswerStatus
 * @typedef {{role: "user" | "assistant", content: string, status: AnswerStatus, jobId: string}} KeptMessage
 * @typedef {{id: string, title: string, messages: KeptMessage[]}} Conversation
 * @typedef {{
 *   workers: {browser: number, native: number}, working: number, queued: {pro: number, max: number},
 *   jobsDone: number, tokens: number, provider: string | null,
 * }} Network
 * @typedef {{
 *   id: string, name: string, url: string, library: string, demonstration: boolean, features: string[],
 *   sizeMb: number | null, vramMb: number | null, contextTokens: number | null,
 *   overrides: Record<string, number>,
 * }} Model
 */

const SENTENCES = {
  0: "The server cannot be reached. Check your connection.",
  413: "This is too long. Please shorten it.",
  429: "That was a lot at once. Please wait a moment.",
  503: "The server is catching its breath. Please try again in a moment.",
};
const UNKNOWN = "Something went wrong on the server. Please try again.";

export class ApiError extends Error {
  /**
   * @param {number} status the HTTP status; 0 when there was no answer at all
   * @param {string} message a sentence for people
   */
  constructor(status, message) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }

  /** Whether the same request may well succeed a little later. */
  get isPassing() {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/**
 * @param {{content: string, tier: Tier, conversationId?: string, retryOf?: string}} message
 * @param {string} idempotencyKey the same for every repeat of the same message
 * @returns {Promise<{jobId: string, conversationId: string}>}
 */
export const send = (message, idempotencyKey) =>
  json("POST", "/api/chat/send", message, { "Idempotency-Key": idempotencyKey });

/** @param {string} jobId @returns {Promise<{cancelled: boolean}>} */
export const cancel = (jobId) => json("POST", "/api/chat/cancel", { jobId });

/**
 * Opens a job's events, as they come; the reply's status is for the caller to read.
 * @param {string} jobId
 * @param {number} lastId the last event seen; -1 for none
 * @param {AbortSignal} signal
 * @returns {Promise<Response>}
 */
export const openStream = (jobId, lastId, signal) =>
  request(`/api/chat/stream?jobId=${jobId}`, {
    signal,
    cache: "no-store",
    headers: { Accept: "text/event-stream", ...(lastId >= 0 && { "Last-Event-ID": String(lastId) }) },
  });

/** @param {string} [search] @returns {Promise<ConversationSummary[]>} none without a session */
export async function conversations(search) {
  const query = search ? `?q=${encodeURIComponent(search)}` : "";
  try {
    return (await json("GET", `/api/conversations${query}`)).conversations;
  } catch (error) {
    if (error.status === 401) return [];
    throw error;
  }
}

/** @param {string} id @returns {Promise<Conversation>} */
export const conversation = (id) => json("GET", `/api/conversations/${id}`);

/** @param {string} id @param {string} title */
export const renameConversation = (id, title) => json("PATCH", `/api/conversations/${id}`, { title });

/** @param {string} id */
export const deleteConversation = (id) => json("DELETE", `/api/conversations/${id}`);

/** @returns {Promise<Network>} */
export const network = () => json("GET", "/api/network");

/** @returns {Promise<Model[]>} the default first */
export const models = async () => (await json("GET", "/api/models")).models;

/**
 * A JSON request and its JSON reply; throws an ApiError.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @param {Record<string, string>} [headers]
 */
export async function json(method, path, body, headers = {}) {
  const content = body && { body: JSON.stringify(body), headers: { ...headers, "Content-Type": "application/json" } };
  const response = await request(path, { method, headers, ...content });
  const reply = await response.json().catch(() => null);
  if (response.ok) return reply;
  const said = response.status < 500 && typeof reply?.error === "string" ? reply.error : undefined;
  throw new ApiError(response.status, SENTENCES[response.status] ?? said ?? UNKNOWN);
}

/** @param {string} path @param {RequestInit} options */
async function request(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, SENTENCES[0]);
  }
}
