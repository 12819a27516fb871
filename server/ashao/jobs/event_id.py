"""What a reader has: the seq of its last event, and a digest of all that was said up to it.

The scripts chain the digests (`say` in job.lua). A store that failed over and forgot its last
writes may go on with other words under the same seqs; by the digest that shows. An event that an
older server wrote has none, and then nothing is checked.
"""

import re
from hashlib import sha1
from typing import Self

import msgspec

from ashao.errors import BadRequest
from ashao.jobs.event import StoredEvent

DIGEST_LENGTH = 12
PATTERN = rf"[0-9]{{1,8}}(-[0-9a-f]{{{DIGEST_LENGTH}}})?"


class EventId(msgspec.Struct, frozen=True):
    """`<seq>-<digest>` on the wire, opaque to readers; a bare seq where the digest is not known."""

    seq: int
    digest: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """From what a reader sent back. Raises BadRequest."""
        if not re.fullmatch(PATTERN, text):
            raise BadRequest("Last-Event-ID must be the id of an event of this stream.")
        seq, _, digest = text.partition("-")
        return cls(int(seq), digest)

    @classmethod
    def of(cls, event: StoredEvent) -> Self:
        """An event's."""
        return cls(event.seq, event.digest)

    def __str__(self) -> str:
        """As it is sent."""
        return f"{self.seq}-{self.digest}" if self.digest else str(self.seq)

    def is_followed_by(self, event: StoredEvent, message: bytes | str) -> bool:
        """Whether the event, which came as this message, is the next one of the same log."""
        if event.seq != self.seq + 1:
            return False
        return not (self.digest and event.digest) or event.digest == self._next(event, message)

    def _next(self, event: StoredEvent, message: bytes | str) -> str:
        """The digest of the event if it follows this one; the message without it is what counts."""
        text = message if isinstance(message, str) else message.decode()
        said = text.removesuffix(f',"digest":"{event.digest}"}}') + "}"
        chained = sha1((self.digest + said).encode(), usedforsecurity=False)
        return chained.hexdigest()[:DIGEST_LENGTH]


FROM_THE_START = EventId(-1)
