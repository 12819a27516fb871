"""What every way into an account has in common: a challenge is given, and its answer signs in.

Passkeys and wallets follow the same two steps, so the front door treats them alike.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import msgspec

from ashao.errors import NotSignedIn
from ashao.identity.owners import AccountId
from ashao.store import keys
from ashao.store.secrets import new_id

if TYPE_CHECKING:
    from ashao.store.redis import Redis


CHALLENGE_TTL_S = 300
NAME_CHARACTERS = 80


class Challenges:
    """Kept for minutes, and taken at most once."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    async def put(self, challenge_id: str, data: str, ttl_s: int) -> None:
        """Keep it for so many seconds."""
        await self._redis.set(keys.challenge(challenge_id), data, ex=ttl_s)

    async def take(self, challenge_id: str) -> str | None:
        """What was kept, at most once."""
        return cast("str | None", await self._redis.getdel(keys.challenge(challenge_id)))


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The origin that the person sees, such as https://chat.example.org; never a caller's word."""

    origin: str

    @property
    def host(self) -> str:
        """The name without the port: what a passkey is bound to."""
        return urlsplit(self.origin).hostname or ""

    @property
    def domain(self) -> str:
        """The name with the port: what a wallet shows."""
        return urlsplit(self.origin).netloc


@dataclass(frozen=True, slots=True)
class IssuedChallenge:
    """A way in that waits for its answer. `options` is what the browser needs for it."""

    challenge_id: str
    options: Any


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whose account it is, and whether it was made just now."""

    account_id: AccountId
    is_new: bool


class PendingChallenge(msgspec.Struct, frozen=True):
    """What is kept between the two steps. `account_id` is None when an account is to be made."""

    kind: str
    secret: str
    origin: str
    account_id: AccountId | None = None


async def keep_challenge(challenges: Challenges, pending: PendingChallenge) -> str:
    """Keep what must be proved; the id under which it is taken up again."""
    challenge_id = new_id()
    encoded = msgspec.json.encode(pending).decode()
    await challenges.put(challenge_id, encoded, CHALLENGE_TTL_S)
    return challenge_id


async def redeem(
    challenges: Challenges, challenge_id: str, kind: str, site: RelyingParty
) -> PendingChallenge:
    """What must be proved, once. Raises NotSignedIn when it is over or was for something else."""
    data = await challenges.take(challenge_id)
    pending = msgspec.json.decode(data, type=PendingChallenge) if data else None
    if pending is None or pending.kind != kind or pending.origin != site.origin:
        raise NotSignedIn("This sign-in took too long or was used before. Please begin again.")
    return pending


def display_name(given: str | None, otherwise: str) -> str:
    """A name as it is kept: one line, at most 80 characters."""
    line = " ".join((given or "").replace("\x00", " ").split())
    return line[:NAME_CHARACTERS] or otherwise
