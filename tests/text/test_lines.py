"""Lines end at LF, CR and CRLF, however the bytes come; other separators are text."""

from collections.abc import AsyncIterator

from hypothesis import given, settings
from hypothesis import strategies as some

from ashao_text.lines import lines_of

SEPARATORS = "\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e"
LINES = some.lists(some.text(some.sampled_from("a\u20ac" + SEPARATORS), min_size=1))
ENDS = some.sampled_from(["\n", "\r", "\r\n"])


@settings(deadline=None)
@given(LINES, ENDS, some.integers(1, 5))
async def test_only_line_ends_end_a_line(lines: list[str], end: str, size: int) -> None:
    data = "".join(line + end for line in lines).encode()

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(data), size):
            yield data[at : at + size]

    assert [line async for line in lines_of(chunks())] == lines


async def test_a_last_line_may_have_no_end() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"one\ntw"
        yield b"o"

    assert [line async for line in lines_of(chunks())] == ["one", "two"]
