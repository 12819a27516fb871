"""Reads a GGUF file's header under limits, before an engine gets a file that a stranger made.

Engines map such files into memory and believe their numbers. So whatever counts, lengths and
places the header claims is checked here: a header that passes has every tensor within the file.
"""

import math
import stat
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MAGIC = b"GGUF"
VERSIONS = (2, 3)
MAX_HEADER_BYTES = 256 << 20
MAX_PAIRS = 1 << 16
MAX_TENSORS = 1 << 16
MAX_ITEMS = 1 << 24  # of an array
MAX_TEXT_BYTES = 16 << 20
MAX_NAME_BYTES = 1 << 16
MAX_DIMENSIONS = 4
MAX_ALIGNMENT = 1 << 16
MAX_ELEMENTS = 1 << 62

# struct's letter for each type of a value; 8 is text, 9 an array.
SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
TEXT, ARRAY = 8, 9
# Elements and bytes of a block, by the type of a tensor: ggml's own table.
BLOCKS = {
    **{0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34)},
    **{9: (32, 40), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210)},
    **{15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18)},
    **{21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4)},
    **{27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66)},
    **{39: (32, 17), 40: (64, 36), 41: (128, 18)},
}


class BadModelFile(Exception):
    """The file is no model that can be trusted to an engine; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model on this machine's disk; `context_tokens` is what it was trained for, if it says."""

    path: Path
    context_tokens: int | None


def read_model_file(path: Path) -> ModelFile:
    """Check the file's header. Raises BadModelFile, also where the file cannot be read."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):  # a pipe would be waited for
            raise _Bad("it is no file")
        with path.open("rb") as file:
            return ModelFile(path, _context(_Header(file, about.st_size).read()))
    except _Bad as error:
        raise BadModelFile(f"{path} is not a model file to trust: {error}.") from None
    except OSError as error:
        raise BadModelFile(f"{path} cannot be read: {error.strerror}.") from error


class _Bad(Exception):
    """What is wrong, as the end of a sentence."""


class _Header:
    """Reads from the beginning, never more than MAX_HEADER_BYTES or than there is."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self._left = min(size, MAX_HEADER_BYTES)

    def read(self) -> Mapping[str, object]:
        """The values that are no arrays, by their keys."""
        if self._bytes(4) != MAGIC:
            raise _Bad("it does not begin with GGUF")
        if self._number("I") not in VERSIONS:
            raise _Bad("its version is unknown")
        tensors = self._at_most("Q", MAX_TENSORS, "tensors")
        pairs = self._at_most("Q", MAX_PAIRS, "keys")
        values = {self._text(MAX_NAME_BYTES): self._value() for _ in range(pairs)}
        if values.get("split.count", 1) not in (0, 1):
            raise _Bad("it is one part of several; join them into one file")
        alignment = values.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 0 < alignment <= MAX_ALIGNMENT:
            raise _Bad("its alignment makes no sense")
        ends = [self._tensor_end(alignment) for _ in range(tensors)]
        begin = -(-self._file.tell() // alignment) * alignment
        if not ends or begin + max(ends) > self._size:
            raise _Bad("its tensors are not all in it")
        return values

    def _tensor_end(self, alignment: int) -> int:
        """Where a tensor ends, in bytes after the header."""
        self._text(MAX_NAME_BYTES)
        count = self._at_most("I", MAX_DIMENSIONS, "dimensions")
        sizes = [int(self._number("Q")) for _ in range(count)]
        kind, offset = self._number("I"), int(self._number("Q"))
        if kind not in BLOCKS:
            raise _Bad("a tensor's type is unknown")
        elements, size = BLOCKS[int(kind)]
        if not sizes or min(sizes) == 0 or math.prod(sizes) > MAX_ELEMENTS:
            raise _Bad("a tensor's size makes no sense")
        if sizes[0] % elements or offset % alignment:
            raise _Bad("a tensor is cut")
        return offset + math.prod(sizes) // elements * size

    def _value(self) -> object:
        kind = self._number("I")
        if kind == ARRAY:
            self._skip_array()
            return None
        return self._text(MAX_TEXT_BYTES) if kind == TEXT else self._number(_letter(kind))

    def _skip_array(self) -> None:
        kind, count = self._number("I"), self._at_most("Q", MAX_ITEMS, "items of an array")
        if kind == TEXT:
            for _ in range(count):
                self._text(MAX_TEXT_BYTES)
        else:
            self._bytes(count * struct.calcsize(f"<{_letter(kind)}"))

    def _text(self, most: int) -> str:
        return self._bytes(self._at_most("Q", most, "letters")).decode(errors="replace")

    def _at_most(self, letter: str, most: int, what: str) -> int:
        number = int(self._number(letter))
        if number > most:
            raise _Bad(f"it claims to have too many {what}")
        return number

    def _number(self, letter: str) -> float:
        form = f"<{letter}"
        found: float = struct.unpack(form, self._bytes(struct.calcsize(form)))[0]
        return found

    def _bytes(self, count: int) -> bytes:
        self._left -= count
        data = self._file.read(count) if self._left >= 0 else b""
        if len(data) != count:
            raise _Bad("its header is cut off or too long")
        return data


def _letter(kind: float) -> str:
    if kind not in SCALARS:
        raise _Bad("a value's type is unknown")
    return SCALARS[int(kind)]


def _context(values: Mapping[str, object]) -> int | None:
    found = values.get(f"{values.get('general.architecture')}.context_length")
    return found if isinstance(found, int) and found > 0 else None
