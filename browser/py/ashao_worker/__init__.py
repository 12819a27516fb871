"""The worker: claims jobs and streams their tokens, in a browser tab or on a native machine."""
