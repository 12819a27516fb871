"""A Lua script, known to the store by its digest and sent as a whole only when it is new there."""

from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha1
from importlib.resources import files
from typing import Any

from redis.exceptions import NoScriptError

from ashao.store.redis import Redis

Argument = str | int
Execute = Callable[..., Awaitable[Any]]


def load(package: str, name: str) -> "Script":
    """The script that a package keeps in its folder `lua`."""
    return Script((files(package) / "lua" / f"{name}.lua").read_text("utf-8"))


class Script:
    """Its text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._digest = sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def run(self, redis: Redis, names: Sequence[str], *arguments: Argument) -> Any:
        """Run it on keys that lie in one slot. Raises StoreUnavailable."""
        return await self.send(redis.execute_command, names, *arguments)

    async def send(self, execute: Execute, names: Sequence[str], *arguments: Argument) -> Any:
        """The same by another way to the store."""
        rest = (len(names), *names, *arguments)
        try:
            return await execute("EVALSHA", self._digest, *rest)
        except NoScriptError:  # the store restarted, or this is the script's first run
            return await execute("EVAL", self._text, *rest)
