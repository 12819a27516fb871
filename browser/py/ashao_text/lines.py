"""The lines of a stream of server-sent events: they end at LF, CR or CRLF, and nowhere else.

Unicode has more line separators, which in JSON are text like any other.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterable

LINE_END = re.compile(rb"\r\n|\n|\r(?!\Z)")  # after a last CR an LF may be on its way


async def lines_of(chunks: AsyncIterable[bytes]) -> AsyncGenerator[str]:
    """The whole lines as they come, without their ends; the last one may have none."""
    rest = b""
    async for chunk in chunks:
        *whole, rest = LINE_END.split(rest + chunk)
        for line in whole:
            yield line.decode(errors="replace")
    if rest:
        yield rest.removesuffix(b"\r").decode(errors="replace")
