"""Everything about accounts on open stores, wired as the orchestrator wires it."""

from ashao.people.account_sessions import AccountSessions
from ashao.people.accounts import Accounts
from ashao.people.bans import Bans
from ashao.people.conversations import Conversations
from ashao.people.ledger import Ledger
from ashao.people.passkeys import Passkeys
from ashao.people.recovery import RecoveryCodes
from ashao.people.wallet import Wallets
from ashao.people.ways_in import Site
from ashao.store.database import Database
from ashao.store.redis import Redis
from ashao.store.sessions import Sessions
from tests.support.authenticator import Authenticator

SITE = Site("http://localhost:8000")


class KeptChallenges:
    """Challenges in memory; each is taken once."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    async def put(self, challenge_id: str, data: str, ttl_s: int) -> None:
        """Keep it; nothing here lives long enough to expire."""
        assert ttl_s > 0
        self.kept[challenge_id] = data

    async def take(self, challenge_id: str) -> str | None:
        """What was kept, once."""
        return self.kept.pop(challenge_id, None)


class House:
    """The parts, and the shortest ways to people who are signed up."""

    def __init__(self, database: Database, redis: Redis) -> None:
        self.database = database
        self.live = Sessions(redis)
        self.challenges = KeptChallenges()
        self.sessions = AccountSessions(database, self.live)
        self.ledger = Ledger(database)
        self.accounts = Accounts(database, self.ledger, self.sessions)
        self.passkeys = Passkeys(database, self.challenges, self.accounts)
        self.wallets = Wallets(database, self.challenges, self.accounts)
        self.codes = RecoveryCodes(database)
        self.bans = Bans(database, self.sessions)
        self.conversations = Conversations(database)

    async def sign_up(self, device: Authenticator | None = None) -> tuple[str, Authenticator]:
        """A new account's id, and the authenticator that signs in to it."""
        device = device or Authenticator(SITE.origin)
        begun = await self.passkeys.registration_options(SITE, None)
        credential = device.create(begun.options)
        signed_in = await self.passkeys.register(SITE, begun.challenge_id, credential, None, None)
        assert signed_in.is_new
        return signed_in.account_id, device

    async def add(self, account_id: str, device: Authenticator, name: str | None = None) -> None:
        """One more passkey for an account."""
        begun = await self.passkeys.registration_options(SITE, account_id)
        credential = device.create(begun.options)
        await self.passkeys.register(SITE, begun.challenge_id, credential, name, account_id)

    async def sign_in(self, device: Authenticator) -> str:
        """The account that an authenticator's passkey leads to."""
        begun = await self.passkeys.sign_in_options(SITE)
        answer = device.get(begun.options)
        return (await self.passkeys.sign_in(SITE, begun.challenge_id, answer)).account_id
