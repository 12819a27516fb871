"""The data folder is its owner's alone: people's words are in it, and so are sessions.

A process makes its files so by its umask; what an older version or another umask made is narrowed
when the folder is opened.
"""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path

from ashao.errors import CannotStart

STORE = "store"
DATABASE = "ashao.sqlite"
MIGRATIONS_LOCK = "migrations.lock"
OURS = (f"{DATABASE}*", MIGRATIONS_LOCK, STORE)
"""What we keep in a data folder, by name."""

OTHERS = 0o077
"""The umask of a process that shares nothing, and the rights that nobody else has."""


def open_data_dir(directory: Path) -> None:
    """Make the folder, with those above it, or narrow the one that is there.

    A folder that holds other things as well is left as it is; what is ours in it is narrowed.
    Raises CannotStart when it cannot be used.
    """
    try:
        _open(directory)
    except OSError as error:
        raise CannotStart(
            f"The data folder {directory} cannot be used: {error.strerror}. "
            "ASHAO_DATA_DIR may name another."
        ) from error


def _open(directory: Path) -> None:
    make_private(directory)
    with tempfile.TemporaryFile(dir=directory):  # it can be written
        pass
    found = list(directory.iterdir())
    ours = [each for each in found if any(fnmatch(each.name, pattern) for pattern in OURS)]
    if len(ours) == len(found):
        _narrow(directory)
    for path in ours:
        for each in _with_content(path):
            _narrow(each)


def make_private(directory: Path) -> None:
    """Make a folder, with those above it; nobody else may look into any of them. Raises OSError."""
    if not directory.is_dir():
        make_private(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)


def _with_content(path: Path) -> Iterator[Path]:
    yield path
    if path.is_dir() and not path.is_symlink():
        for folder, folders, files in path.walk():
            yield from (folder / name for name in (*folders, *files))


def _narrow(path: Path) -> None:
    """Files and folders of our own user only: links lead elsewhere, sockets have rights of theirs.

    What goes away meanwhile, or lies where there are no rights, is left.
    """
    with suppress(FileNotFoundError, PermissionError):
        found = path.lstat()
        is_plain = stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)
        if is_plain and found.st_mode & OTHERS and found.st_uid == os.geteuid():
            path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
