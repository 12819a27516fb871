"""Accounts and all that belongs to them, made on open stores and handed to each other."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ashao.people.account_sessions import AccountSessions
from ashao.people.accounts import Accounts
from ashao.people.bans import Bans
from ashao.people.ledger import Ledger
from ashao.people.passkeys import Passkeys
from ashao.people.prices import Prices
from ashao.people.recovery import RecoveryCodes
from ashao.people.statement import Statement
from ashao.people.wallet import Wallets
from ashao.store.challenges import Challenges
from ashao.store.sessions import Sessions

if TYPE_CHECKING:
    from ashao.settings import Settings
    from ashao.store.database import Database
    from ashao.store.redis import Redis


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Accounts, the ways into them, and what they earn and spend."""

    ledger: Ledger
    statement: Statement
    sessions: AccountSessions
    accounts: Accounts
    passkeys: Passkeys
    wallets: Wallets
    codes: RecoveryCodes
    bans: Bans


def people_of(database: "Database", redis: "Redis", settings: "Settings") -> People:
    """The parts, at the prices of the settings."""
    prices = Prices(
        sign_up=settings.credits_sign_up,
        pro=settings.price_pro,
        max=settings.price_max,
        worker_share_percent=settings.worker_share_percent,
        pool_hourly_cap=settings.pool_hourly_cap,
    )
    ledger = Ledger(database, prices)
    sessions = AccountSessions(database, Sessions(redis))
    accounts = Accounts(database, ledger, sessions)
    challenges = Challenges(redis)
    return People(
        ledger=ledger,
        statement=Statement(database),
        sessions=sessions,
        accounts=accounts,
        passkeys=Passkeys(database, challenges, accounts),
        wallets=Wallets(database, challenges, accounts),
        codes=RecoveryCodes(database),
        bans=Bans(database, sessions),
    )
