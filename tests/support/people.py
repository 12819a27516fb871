"""Everything about accounts on open stores, made as the orchestrator makes it."""

from ashao.identity.challenges import RelyingParty
from ashao.identity.owners import AccountId
from ashao.records import records_on
from ashao.settings import Settings
from ashao.store import keys
from ashao.store.database import Database
from ashao.store.redis import Redis
from tests.support.authenticator import Authenticator

SITE = RelyingParty("http://localhost:8000")


class House:
    """The parts, and the shortest ways to people who are signed up."""

    def __init__(self, database: Database, redis: Redis) -> None:
        records = records_on(redis, database, Settings())
        self.redis = redis
        self.database = database
        self.live = records.sessions
        self.sessions = records.account_sessions
        self.ledger = records.ledger
        self.accounts = records.accounts
        self.passkeys = records.passkeys
        self.wallets = records.wallets
        self.codes = records.recovery_codes
        self.bans = records.bans
        self.membership = records.membership
        self.conversations = records.conversations

    async def pending(self, challenge_id: str) -> str:
        """What is kept of a challenge."""
        return str(await self.redis.get(keys.challenge(challenge_id)))

    async def keep(self, challenge_id: str, pending: str) -> None:
        """Keep something else in its place."""
        await self.redis.set(keys.challenge(challenge_id), pending, ex=60)

    async def sign_up(self, device: Authenticator | None = None) -> tuple[AccountId, Authenticator]:
        """A new account's id, and the authenticator that signs in to it."""
        device = device or Authenticator(SITE.origin)
        begun = await self.passkeys.registration_options(SITE, None)
        credential = device.create(begun.options)
        signed_in = await self.membership.register_passkey(
            SITE, begun.challenge_id, credential, None, None
        )
        assert signed_in.is_new
        return signed_in.account_id, device

    async def add(
        self, account_id: AccountId, device: Authenticator, name: str | None = None
    ) -> None:
        """One more passkey for an account."""
        begun = await self.passkeys.registration_options(SITE, account_id)
        credential = device.create(begun.options)
        await self.membership.register_passkey(
            SITE, begun.challenge_id, credential, name, account_id
        )

    async def sign_in(self, device: Authenticator) -> AccountId:
        """The account that an authenticator's passkey leads to."""
        begun = await self.passkeys.sign_in_options(SITE)
        answer = device.get(begun.options)
        return (await self.passkeys.sign_in(SITE, begun.challenge_id, answer)).account_id
