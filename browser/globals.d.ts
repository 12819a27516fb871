/** What the pages find in their world and TypeScript's own descriptions lack. */

/** Set by the build: whether the pages are served from their sources. */
declare const IS_DEVELOPMENT: boolean;

/** Set by the build: which WebLLM it puts beside the worker's script. */
declare const WEBLLM_VERSION: string;

/** Set by the build, in llama.cpp's worker only: whether this is the build for older browsers. */
declare const IS_COMPAT: boolean;

/** A wallet in this browser (EIP-1193). */
declare var ethereum:
  | { request(call: { method: string; params?: unknown[] }): Promise<unknown> }
  | undefined;

/** What a browser says of its device (User-Agent Client Hints); not in all browsers. */
interface Navigator {
  readonly userAgentData?: { readonly platform: string };
}
