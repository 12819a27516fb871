"""Which models lie in the operator's mirror: WebLLM's folders and GGUF files, each whole.

A folder that holds `mlc-chat-config.json` is a model of WebLLM. Every GGUF file, in the mirror or
in a folder of it, is a model of llama.cpp's, named after its folder if it is alone there, else
after itself.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ashao.errors import CannotStart

CONFIG = "mlc-chat-config.json"
GGUF = ".gguf"
# WebLLM asks for <model>/resolve/main/<file>, as its hub has it.
FILES = "resolve/main"
LARGEST_GGUF = 2**31 - 1  # llama.cpp in a tab reads no larger file
SPLIT = re.compile(r"-\d{5}-of-\d{5}$")


class LocalModel(NamedTuple):
    """A model whose files are here: they lie in `root` and are served below `address`."""

    id: str
    address: str
    root: Path
    files: tuple[Path, ...]

    @property
    def is_gguf(self) -> bool:
        """Whether it is a single file for llama.cpp."""
        return all(each.suffix == GGUF for each in self.files)


def mirrored(mirror: Path | None) -> list[LocalModel]:
    """The models of a mirror, by name; none without one. Raises CannotStart for no folder."""
    if mirror is None:
        return []
    if not mirror.is_dir():
        raise CannotStart(f"ASHAO_MODELS_DIR, {mirror}, is not a folder.")
    folders = [each for each in mirror.iterdir() if each.is_dir() and not is_hidden(each.name)]
    found = [*_gguf_files(mirror)]
    for folder in folders:
        found += _webllm(folder) if (folder / CONFIG).exists() else _gguf_files(folder, folder.name)
    return sorted(found)


def is_hidden(path: str) -> bool:
    """Whether a name on the way begins with a dot: such files are tools' and operators' own."""
    return any(name.startswith(".") for name in path.split("/"))


def _webllm(folder: Path) -> Iterator[LocalModel]:
    """All of the folder but dot files and what lies below a linked folder, if all of it is here."""
    files = (each for each in folder.rglob("*") if each.is_symlink() or not each.is_dir())
    shown = sorted(each for each in files if not is_hidden(each.relative_to(folder).as_posix()))
    if all(_is_inside(each, folder) for each in shown):
        yield LocalModel(folder.name, folder.name, folder, tuple(shown))


def _gguf_files(folder: Path, name: str | None = None) -> Iterator[LocalModel]:
    files = [each for each in sorted(folder.glob(f"*{GGUF}")) if not is_hidden(each.name)]
    for file in files:
        model_id = name if name and len(files) == 1 else file.stem
        if _is_inside(file, folder) and not SPLIT.search(file.stem):
            if file.stat().st_size <= LARGEST_GGUF:
                yield LocalModel(model_id, f"{model_id}.{_version(file)}", folder, (file,))


def _version(file: Path) -> str:
    """Browsers keep a file in parts, by address: another content must have another one."""
    stat = file.stat()
    return hashlib.sha256(f"{stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()[:12]


def _is_inside(file: Path, folder: Path) -> bool:
    """Whether the file is there, and in there: a link that leads elsewhere is not followed."""
    inside = os.path.realpath(folder)
    return file.is_file() and Path(os.path.realpath(file)).is_relative_to(inside)
