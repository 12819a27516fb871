/**
 * Everything that can go wrong beside Python, as a code for the worker and a sentence for people.
 *
 * Codes that reach Python: device_lost, out_of_memory, context_too_long, engine_error.
 * Codes that only the page sees: no_webgpu, no_adapter, no_feature, no_python.
 */

export class Fault extends Error {
  /**
   * @param {string} code one of the codes above
   * @param {string} message a plain sentence, free of anybody's text
   * @param {unknown} [cause] what the browser or the engine threw, for the donor's own console
   */
  constructor(code, message, cause) {
    super(message, { cause });
    this.name = "Fault";
    this.code = code;
  }

  /** What crosses to Python: an Error whose message is JSON {code, message}. */
  toBridgeError() {
    return new Error(JSON.stringify({ code: this.code, message: this.message }));
  }
}

/** @satisfies {Record<string, string>} */
const SENTENCES = {
  device_lost: "The graphics device was lost. Press Start to try again.",
  out_of_memory: "This model does not fit into this device's memory. Choose a smaller model.",
  context_too_long: "The conversation is longer than this model can read.",
  engine_error: "The model could not be run on this device.",
};

/** @param {keyof typeof SENTENCES} code @param {unknown} [cause] */
export const fault = (code, cause) => new Fault(code, SENTENCES[code], cause);

const OUT_OF_MEMORY =
  /out of memory|insufficient memory|allocation failed|failed to allocate|bad_alloc|\(oom\)|cannot enlarge memory|maxbuffersize|maxstoragebuffer/i;
const TOO_LONG = /exceeds the available context size/i;
const NOT_FETCHED =
  /failed to fetch|networkerror|network error|request failed|load failed|cache\.add/i;
const DEVICE_LOST = /device (was |is |has been )?(lost|destroyed)|already been disposed/i;

/**
 * The fault behind anything that an engine, its runtime or the browser throws.
 * @param {unknown} error
 * @returns {Fault}
 */
export function faultOf(error) {
  if (error instanceof Fault) return error;
  const { name = "", message = String(error) } = /** @type {Error} */ (error) ?? {};
  if (name === "ContextWindowSizeExceededError" || TOO_LONG.test(message))
    return fault("context_too_long", error);
  if (name === "GPUOutOfMemoryError" || OUT_OF_MEMORY.test(message))
    return fault("out_of_memory", error);
  if (name === "DeviceLostError" || DEVICE_LOST.test(message)) return fault("device_lost", error);
  if (NOT_FETCHED.test(message)) {
    return new Fault(
      "engine_error",
      "The model could not be downloaded. Check the connection and try again.",
      error,
    );
  }
  return fault("engine_error", error);
}
