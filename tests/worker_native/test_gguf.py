"""A stranger's model file: its header is believed in nothing that could lead out of the file."""

import struct
from pathlib import Path

import pytest
from gguf.constants import GGML_QUANT_SIZES
from hypothesis import given
from hypothesis import strategies as some

from ashao_worker.engines import gguf
from ashao_worker.engines.gguf import BadModelFile, read_model_file
from tests.support.gguf_model import CONTEXT, write_gguf

HUGE = (1 << 64) - 1


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def _file(
    *,
    magic: bytes = b"GGUF",
    version: int = 3,
    tensors: int = 1,
    pairs: int = 2,
    kind: int = 0,
    sizes: tuple[int, ...] = (32, 2),
    offset: int = 0,
    letters: bytes = _text("llama"),
    value: bytes = struct.pack("<II", 4, 77),
    weights: int = 256,
) -> bytes:
    """A model of one tensor, right unless a part is given."""
    head = magic + struct.pack("<IQQ", version, tensors, pairs)
    head += _text("general.architecture") + struct.pack("<I", 8) + letters
    head += _text("llama.context_length") + value
    head += _text("token_embd") + struct.pack(f"<I{len(sizes)}Q", len(sizes), *sizes)
    head += struct.pack("<IQ", kind, offset)
    return head + bytes(-len(head) % 32) + bytes(weights)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a test writes its file."""
    return tmp_path_factory.mktemp("gguf") / "stranger.gguf"


def test_the_table_of_blocks_is_ggmls() -> None:
    assert gguf.BLOCKS == {int(kind): sizes for kind, sizes in GGML_QUANT_SIZES.items()}


def test_real_files_pass(place: Path) -> None:
    write_gguf(place)
    assert read_model_file(place).context_tokens == CONTEXT
    place.write_bytes(_file())
    assert read_model_file(place).context_tokens == 77


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "cut off"),
        (_file(magic=b"GGML"), "begin with GGUF"),
        (_file(version=1), "version"),
        (_file(tensors=HUGE), "too many tensors"),
        (_file(tensors=0), "tensors are not all in it"),
        (_file(pairs=HUGE), "too many keys"),
        (_file(letters=struct.pack("<Q", HUGE) + b"llama"), "too many letters"),
        (_file(value=struct.pack("<I", 99)), "value's type"),
        (_file(value=struct.pack("<IIQ", 9, 10, 1 << 24)), "cut off"),
        (_file(value=struct.pack("<IIQ", 9, 10, HUGE)), "too many items"),
        (_file(value=struct.pack("<IIQ", 9, 9, 1)), "value's type"),
        (_file(sizes=(32, 3)), "not all in it"),
        (_file(sizes=(32, 0)), "makes no sense"),
        (_file(sizes=(1 << 32, 1 << 32)), "makes no sense"),
        (_file(sizes=(1, 1, 1, 1, 1)), "too many dimensions"),
        (_file(kind=8, sizes=(33, 1)), "is cut"),
        (_file(kind=4), "tensor's type"),
        (_file(offset=1), "is cut"),
        (_file(offset=32), "not all in it"),
        (_file(weights=255), "not all in it"),
        (_file()[:-300], "cut off"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_cannot_be_true_is_refused_with_a_reason(
    place: Path, content: bytes, reason: str
) -> None:
    place.write_bytes(content)
    with pytest.raises(BadModelFile, match=reason):
        read_model_file(place)


@given(
    at=some.integers(0, 200),
    change=some.one_of(
        some.binary(min_size=1, max_size=12), some.integers(0, HUGE).map(lambda n: n.to_bytes(8))
    ),
    kept=some.integers(0, 600),
)
def test_a_mutated_header_is_read_or_refused(
    place: Path, at: int, change: bytes, kept: int
) -> None:
    """Whatever is in it: no other error, no memory or time beyond what the file itself has; and
    what passes has its tensor inside."""
    right = _file()
    place.write_bytes((right[:at] + change + right[at + len(change) :])[: max(kept, 1)])
    try:
        read_model_file(place)
    except BadModelFile as refused:
        assert str(refused).startswith(str(place))
    else:
        assert place.stat().st_size >= len(right) - 256


@pytest.mark.parametrize("name", ["nowhere.gguf", "."])
def test_what_is_no_file_is_said_to_be_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadModelFile):
        read_model_file(tmp_path / name)
