"""Has a library believe that another one, which it only might use, is not installed.

What we never ask of it would be loaded at every start, and stay in memory for as long as we run.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def absent(*libraries: str) -> Iterator[None]:
    """Inside, an import of these fails; those that are loaded already are left alone."""
    modules: dict[str, Any] = sys.modules
    hidden = [each for each in libraries if each not in modules]
    modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for each in hidden:
            del modules[each]
