"""The `ashao` command as an operator runs it, to its end; forked, so that it takes a moment."""

import os
import tempfile
from subprocess import CompletedProcess

from tests.support.forked import Forked


def run(*arguments: str, timeout_s: float = 25, **settings: str) -> CompletedProcess[str]:
    """What `ashao arguments` says with these settings, and how it ends."""
    with tempfile.TemporaryFile("w+") as errors:
        command = Forked(arguments, os.environ | settings, errors)
        with command.stdout as output:
            said = output.read()
        status = command.wait(timeout_s)
        errors.seek(0)
        return CompletedProcess(arguments, status, said, errors.read())
