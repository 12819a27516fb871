"""A worker in a process of its own: it recites what the simulated provider would say.

So whoever writes, and however often the pen changes hands, there is one right text.
Run as `python -m tests.chaos.reciter SERVER`.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Sequence
from typing import cast

from ashao.messages import Message as Said
from ashao.messages import Role
from ashao.providers.simulated import remaining_text
from ashao_worker.core.donation import Donation
from ashao_worker.core.engine import Piece
from ashao_worker.core.report import Event
from ashao_worker.core.wire import Message, Params
from ashao_worker.core.worker import Worker
from ashao_worker.homes.cpython import CPythonEnvironment

PIECE_CHARACTERS = 5
PIECE_S = 0.01


class Reciter:
    """An engine that continues any prefix of the one right text."""

    name: str | None = "reciter"
    model = "reciter"
    context_tokens: int | None = None
    abilities: tuple[str, ...] = ()

    async def stream(
        self, messages: Sequence[Message], params: Params
    ) -> AsyncGenerator[Piece, None]:
        """Say the rest."""
        rest = remaining_text([_said(each) for each in messages])
        for at in range(0, len(rest), PIECE_CHARACTERS):
            await asyncio.sleep(PIECE_S)
            yield Piece(rest[at : at + PIECE_CHARACTERS], 1)


def _said(message: Message) -> Said:
    return Said(cast("Role", message.role), message.content)


def _unseen(_: Event) -> None:
    """Nobody looks at this worker's page."""


async def main(server: str) -> None:
    """Donate until killed."""
    async with CPythonEnvironment(server) as environment:
        donation = Donation(kind="browser", tiers=["pro"])
        await Worker(environment, Reciter(), donation, _unseen).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
