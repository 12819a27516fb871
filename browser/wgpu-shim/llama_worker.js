/**
 * How llama.cpp's worker begins; the build puts wllama's own code behind it. One thread.
 *
 * Of each kind of llama.cpp there is one: the usual, and a larger and slower one (`IS_COMPAT`) for
 * browsers such as Safari, whose WebAssembly has neither promises nor 64-bit addresses.
 *
 * Named "cpu" it sees no graphics card. Where WebAssembly cannot wait for promises (Firefox) it is
 * told so in the way that wllama expects: then it computes on the processor only.
 */

const wasm = IS_COMPAT ? "./llama-compat.wasm" : "./llama.wasm";

Object.assign(globalThis, {
  RUN_OPTIONS: {
    pathConfig: { "wllama.wasm": new URL(wasm, location.href).href },
    nbThread: 0,
    compat: IS_COMPAT,
  },
});

if (self.name === "cpu") {
  Object.defineProperty(Object.getPrototypeOf(navigator), "gpu", {
    value: { requestAdapter: async () => null },
  });
}

if (!("Suspending" in WebAssembly)) {
  Object.assign(WebAssembly, {
    Suspending: /** @param {Function} call */ function Suspending(call) {
      return call;
    },
    promising:
      (/** @type {Function} */ call) =>
      async (/** @type {unknown[]} */ ...given) =>
        call(...given),
  });
}
