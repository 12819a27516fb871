"""Makes every artifact in order; run by build.py inside the environment it prepared."""

import sys
import time
from pathlib import Path

from tiny_model.assets import write_assets
from tiny_model.exactness import prove
from tiny_model.library import build_library
from tiny_model.runtime import Runtime
from tiny_model.sizes import MODEL_ID, VOCABULARY
from tiny_model.tokenizer import make_tokenizer
from tiny_model.train import train


def make(folder: Path, work: Path) -> None:
    """Fills `folder` with the model; `work` is for what is made on the way."""
    tokenizer = make_tokenizer()
    if tokenizer.get_vocab_size() != VOCABULARY:
        raise ValueError(f"VOCABULARY must be {tokenizer.get_vocab_size()} for this recitation")
    started = time.monotonic()
    weights = train(tokenizer)
    _say(started, "trained")
    proof = prove(tokenizer, weights)
    _say(started, f"{proof.continuations} continuations exact, least gap {proof.least_gap:.2f}")
    write_assets(folder, tokenizer, weights)
    runtime = Runtime(work)
    runtime.compile()
    _say(started, "runtime compiled")
    build_library(runtime, folder / f"{MODEL_ID}.wasm")
    _say(started, "library linked")


def _say(started: float, what: str) -> None:
    print(f"[{time.monotonic() - started:.0f} s] {what}", flush=True)


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]))
