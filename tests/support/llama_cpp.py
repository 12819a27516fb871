"""llama.cpp's own server with the demonstration model, in a process of its own.

Run as `python -m tests.support.llama_cpp MODEL`; it prints its address and serves until killed.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import xllamacpp

from tests.support.gguf_model import write_gguf

SLOTS = 2  # answers at a time


@contextmanager
def llama_cpp(folder: Path) -> Iterator[str]:
    """The address of a running server; its files lie in `folder`."""
    model = folder / "model.gguf"
    write_gguf(model)
    with (folder / "llama.log").open("w") as log:
        command = [sys.executable, "-m", "tests.support.llama_cpp", str(model)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            assert address, (folder / "llama.log").read_text()
            yield address
        finally:
            process.kill()
            process.wait(10)
            process.stdout.close()


def serve(model: str) -> None:
    """Serve until killed. It decodes greedily unless it is asked for something else."""
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.n_parallel = SLOTS
    params.verbosity = 0
    params.sampling.temp = 0.0
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    serve(sys.argv[1])
