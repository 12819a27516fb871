"""A worker of the server's own, so that the first question on a fresh machine is really answered.

It is `ashao worker` with the small model, over the public contract like everybody's, and spare: it
gets what no other worker is free for. It ends with the server, also with one that is killed.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from ashao_worker.homes.llama import SMALL_MODEL, why_no_small_model

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ashao.settings import Settings

END_WITHIN_S = 5.0


def local_worker(server: str, settings: "Settings") -> "AbstractContextManager[None]":
    """The worker while the context lasts, or a sentence that says why there is none.

    A server that has a provider needs none.
    """
    if settings.gemini_api_key or settings.openai_base_url:
        return nullcontext()
    if reason := why_no_small_model():
        _say(
            f"{reason} Without a worker a simulation answers; "
            f"`ashao worker --server {server} --gguf FILE` runs any model's file."
        )
        return nullcontext()
    _say(f"Until others donate, {SMALL_MODEL} answers on this machine: small, and often wrong.")
    return _running(server)


@contextmanager
def _running(server: str) -> Iterator[None]:
    command = [
        *(sys.executable, "-m", "ashao", "worker", "--server", server, "--spare", "--json-logs"),
        *("--tier", "pro", "--tier", "max", "--parent", str(os.getpid())),
    ]
    # A session of its own: Ctrl-C reaches the server, whose answers may come to their end.
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _say(sentence: str) -> None:
    """Beside the line that says where the server is, which programs read."""
    sys.stderr.write(f"{sentence}\n")
