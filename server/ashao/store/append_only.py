"""Mends the embedded store's append-only file: cuts it where it stops making sense, keeps a copy.

A power cut leaves half a command or a run of zeros at the end, a dying disk a wrong byte anywhere.
What comes after cannot be trusted, so it goes too. It is a base, which is a snapshot, and files of
commands that were written since; a base cannot be mended.
"""

import os
import re
import shutil
from collections.abc import Container, Iterator
from pathlib import Path

FOLDER = "appendonlydir"
MANIFEST = "appendonly.aof.manifest"
_COMMANDS_FILE = re.compile(r"^file (\S+) seq \d+ type i\b", re.MULTILINE)
_COPY = re.compile(r"\.cut-at-(\d+)$")
_COUNT = re.compile(rb"\*([1-9]\d{0,6})\r\n")
_LENGTH = re.compile(rb"\$(\d{1,9})\r\n")
_NOTE = re.compile(rb"#[^\r\n]*\r\n")


def mend(directory: Path, known: Container[bytes]) -> bool:
    """Cut the files of a store that nobody runs; whether there was anything to cut.

    `known` are the commands that the server understands, in lower case. What is cut off is in the
    copies. Raises OSError.
    """
    is_cut = False
    for path in _files_of_commands(directory):
        content = path.read_bytes()
        end = 0 if is_cut else whole_until(content, known)
        if end < len(content):
            _cut(path, end)
            is_cut = True
    return is_cut


def copies(directory: Path) -> dict[Path, int]:
    """The files as they were before they were cut, and how many bytes each lost."""
    found = ((path, _COPY.search(path.name)) for path in (directory / FOLDER).glob("*"))
    return {path: path.stat().st_size - int(cut[1]) for path, cut in found if cut}


def whole_until(content: bytes, known: Container[bytes]) -> int:
    """Where the last command ends before which all is whole; a transaction is whole or not there.

    Stricter than the server, which never looks at some of the line ends.
    """
    at, begun = 0, None
    while (command := _command_at(content, at)) is not None:
        name, end = command
        if name not in known:
            break
        if name == b"multi" and begun is None:
            begun = at
        elif name == b"exec":
            begun = None
        at = end
    return at if begun is None else begun


def _command_at(content: bytes, at: int) -> tuple[bytes, int] | None:
    """The name of the command that begins here, and where it ends; None unless it is whole."""
    while note := _NOTE.match(content, at):
        at = note.end()
    count = _COUNT.match(content, at)
    if count is None:
        return None
    at, name = count.end(), b""
    for index in range(int(count[1])):
        length = _LENGTH.match(content, at)
        if length is None:
            return None
        end = length.end() + int(length[1])
        if content[end : end + 2] != b"\r\n":
            return None
        if index == 0:
            name = content[length.end() : end].lower()
        at = end + 2
    return name, at


def _files_of_commands(directory: Path) -> Iterator[Path]:
    """In the order in which they were written; none when there is no manifest that says so."""
    folder = directory / FOLDER
    try:
        manifest = (folder / MANIFEST).read_text("ascii")
    except (FileNotFoundError, UnicodeDecodeError):
        return
    for name in _COMMANDS_FILE.findall(manifest):
        if (path := folder / Path(name).name).is_file():
            yield path


def _cut(path: Path, end: int) -> None:
    """The copy is whole and on disk before anything is cut."""
    copy = path.with_name(f"{path.name}.cut-at-{end}")
    shutil.copyfile(path, copy)
    for each in (copy, path):
        with each.open("r+b") as file:
            if each is path:
                file.truncate(end)
            os.fsync(file.fileno())
