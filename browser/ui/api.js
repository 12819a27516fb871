/**
 * The orchestrator's endpoints, one function each; the only place that fetches.
 *
 * Every failure is an ApiError whose message may be shown to a person.
 *
 * @typedef {"auto" | "pro" | "max"} Tier
 * @typedef {{content: string, tier: Tier, conversationId?: string, retryOf?: string}} Message
 * @typedef {{id: string, title: string, updatedAt: string}} ConversationSummary
 * @typedef {"queued" | "running" | "done" | "failed" | "cancelled"} AnswerStatus
 * @typedef {{
 *   role: "user" | "assistant", content: string, status: AnswerStatus, jobId: string,
 *   writtenBy?: import("./byline.js").Writers,
 * }} StoredMessage
 * @typedef {{id: string, title: string, messages: StoredMessage[]}} Conversation
 * @typedef {{
 *   workers: {browser: number, native: number}, working: number, queued: {pro: number, max: number},
 *   jobsDone: number, tokens: number, provider: string | null,
 * }} Network
 * @typedef {{
 *   id: string, name: string, engine: "webllm" | "wllama", url: string, library: string,
 *   demonstration: boolean, features: string[], sizeMb: number | null, vramMb: number | null, contextTokens: number | null,
 *   overrides: Record<string, number>, chatTemplate?: string | null,
 *   licence: string, source: string, reason: string,
 * }} Model
 */

/** Where the server, or what stands before it, says nothing itself. @type {Record<number, string>} */
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
  get isTransient() {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/**
 * @param {Message} message
 * @param {string} idempotencyKey the same for every repeat of the same message
 * @returns {Promise<{jobId: string, conversationId: string}>}
 */
export const send = (message, idempotencyKey) =>
  json("POST", "/api/chat/send", message, { "Idempotency-Key": idempotencyKey });

/** What makes a repeated message the same message. */
export const newIdempotencyKey = () =>
  [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("-");

/** @param {string} jobId @returns {Promise<{cancelled: boolean}>} */
export const cancel = (jobId) => json("POST", "/api/chat/cancel", { jobId });

/**
 * Opens a job's events, as they come; the reply's status is for the caller to read.
 * @param {string} jobId
 * @param {string} lastId of the last event seen; empty for none
 * @param {AbortSignal} signal
 * @returns {Promise<Response>}
 */
export const openStream = (jobId, lastId, signal) =>
  request(`/api/chat/stream?jobId=${jobId}`, {
    signal,
    cache: "no-store",
    headers: {
      Accept: "text/event-stream",
      ...(lastId && { "Last-Event-ID": lastId }),
    },
  });

/** @param {string} [search] @returns {Promise<ConversationSummary[]>} none without a session */
export async function conversations(search) {
  const query = search ? `?q=${encodeURIComponent(search)}` : "";
  try {
    /** @type {{conversations: ConversationSummary[]}} */
    const reply = await json("GET", `/api/conversations${query}`);
    return reply.conversations;
  } catch (error) {
    if (statusOf(error) === 401) return [];
    throw error;
  }
}

/** @param {string} id @returns {Promise<Conversation>} */
export const conversation = (id) => json("GET", `/api/conversations/${id}`);

/** @param {string} id @param {string} title @returns {Promise<unknown>} */
export const renameConversation = (id, title) =>
  json("PATCH", `/api/conversations/${id}`, { title });

/** @param {string} id @returns {Promise<unknown>} */
export const deleteConversation = (id) => json("DELETE", `/api/conversations/${id}`);

/** @returns {Promise<Network>} */
export const network = () => json("GET", "/api/network");

/** @returns {Promise<Model[]>} the default first */
export async function models() {
  /** @type {{models: Model[]}} */
  const reply = await json("GET", "/api/models");
  return reply.models;
}

/** The HTTP status of what was thrown; 0 when there was no reply. @param {unknown} error */
export const statusOf = (error) => (error instanceof ApiError ? error.status : 0);

/** What was thrown, as a sentence for people. @param {unknown} error */
export const sentenceOf = (error) => (error instanceof Error ? error.message : UNKNOWN);

/**
 * A JSON request and its JSON reply, whose shape the caller names; throws an ApiError.
 * @template Reply
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @param {Record<string, string>} [headers]
 * @returns {Promise<Reply>}
 */
export async function json(method, path, body, headers = {}) {
  const content = body && {
    body: JSON.stringify(body),
    headers: { ...headers, "Content-Type": "application/json" },
  };
  const keepalive = method === "DELETE"; // it may be sent as the page is left
  const response = await request(path, { method, headers, keepalive, ...content });
  const reply = await response.json().catch(() => null);
  if (response.ok) return reply;
  const said = typeof reply?.error === "string" ? reply.error : undefined;
  throw new ApiError(response.status, said ?? SENTENCES[response.status] ?? UNKNOWN);
}

/** A reply that is plain text; throws an ApiError. @param {string} path */
export async function text(path) {
  const response = await request(path, {});
  if (response.ok) return response.text();
  throw new ApiError(response.status, SENTENCES[response.status] ?? UNKNOWN);
}

/** @param {string} path @param {RequestInit} options */
async function request(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") throw error;
    throw new ApiError(0, SENTENCES[0]);
  }
}
