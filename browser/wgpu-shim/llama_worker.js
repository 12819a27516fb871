/**
 * How llama.cpp's worker begins; the build puts wllama's own code behind it. One thread.
 *
 * Named "cpu" it sees no graphics card. Where WebAssembly cannot wait for promises (Firefox) it is
 * told so in the way that wllama expects: then it computes on the processor only.
 */

Object.assign(globalThis, {
  RUN_OPTIONS: {
    pathConfig: { "wllama.wasm": new URL("./llama.wasm", location.href).href },
    nbThread: 0,
    compat: false,
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
