"""The JSON bodies about accounts, credits and keys; camelCase on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from ashao.api.wire import READABLE, Id, Wire
from ashao.identity.accounts import AccountView

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=READABLE)]
Address = Annotated[str, msgspec.Meta(min_length=42, max_length=42, pattern=r"^0x[0-9a-fA-F]{40}$")]


class Passkey(Wire):
    """One passkey, without its key."""

    id: str
    name: str
    created_at: datetime


class Wallet(Wire):
    """One wallet that signs in."""

    address: str
    created_at: datetime


class Account(Wire):
    """What an account's owner sees of it."""

    id: str
    created_at: datetime
    passkeys: list[Passkey]
    wallets: list[Wallet]
    recovery_codes_left: int


class WhoAmI(Wire):
    """The account that is signed in here, if any."""

    account: Account | None


class IssuedChallenge(Wire):
    """A passkey's way in has begun; `options` are for `navigator.credentials`."""

    challenge_id: str
    options: dict[str, Any]


class Entered(Wire, omit_defaults=True):
    """Signed in. A new account gets its recovery codes here, this once."""

    account: Account
    recovery_codes: list[str] = []


class Bring(Wire, kw_only=True, forbid_unknown_fields=True):
    """`moveHistory`: what was asked here before signing in goes along into the account."""

    move_history: bool = False


class PasskeyBody(Bring, kw_only=True):
    """A passkey was made; `name` is how its owner will know it."""

    challenge_id: Id
    credential: dict[str, Any]
    name: Annotated[str, msgspec.Meta(max_length=100)] | None = None


class PasskeyLoginBody(Bring, kw_only=True):
    """A passkey signed."""

    challenge_id: Id
    credential: dict[str, Any]


class WalletBody(Wire, forbid_unknown_fields=True):
    """A wallet wants to sign in."""

    address: Address
    chain_id: Annotated[int, msgspec.Meta(ge=1, lt=2**53)]


class WalletChallenge(Wire):
    """The message for the wallet to sign, letter by letter."""

    challenge_id: str
    message: str


class WalletLoginBody(Bring, kw_only=True):
    """A wallet signed."""

    challenge_id: Id
    signature: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]


class RecoverBody(Bring, kw_only=True):
    """A recovery code, however it was typed."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class Codes(Wire):
    """New recovery codes; older ones hold no longer."""

    codes: list[str]


class Session(Wire):
    """One place where the account is signed in."""

    id: str
    device: str
    created_at: datetime
    is_current: bool


class SessionList(Wire):
    """The latest first."""

    sessions: list[Session]


class Credits(Wire):
    """What an account holds; 0 for anybody who has none."""

    credits: int


class LedgerEntry(Wire):
    """One movement; negative for what was spent."""

    at: datetime
    kind: str
    credits: int
    job_id: str | None


class LedgerEntries(Wire):
    """The latest first, up to 200."""

    entries: list[LedgerEntry]


Scope = Literal["chat", "models", "donate"]


class Key(Wire):
    """An API key without its secret. `scopes` is what it may do."""

    id: str
    name: str
    scopes: list[str]
    prefix: str
    created_at: datetime
    last_used_at: datetime | None


class KeyList(Wire):
    """The oldest first."""

    keys: list[Key]


class KeyBody(Wire, forbid_unknown_fields=True):
    """A new key for a program, or with the scope `donate` for a worker that earns."""

    name: Name
    scopes: Annotated[list[Scope], msgspec.Meta(min_length=1, max_length=3)] = msgspec.field(
        default_factory=lambda: ["chat", "models"]
    )


class NewKey(Wire):
    """The key and its secret, which is told this once."""

    key: Key
    secret: str


Format = Literal["json", "markdown"]


def account_of(view: AccountView) -> Account:
    """An account as its owner sees it."""
    return Account(
        id=view.account.id,
        created_at=view.account.created_at,
        passkeys=[
            Passkey(id=each.id, name=each.name, created_at=each.created_at)
            for each in view.passkeys
        ],
        wallets=[Wallet(address=each.address, created_at=each.created_at) for each in view.wallets],
        recovery_codes_left=view.recovery_codes_left,
    )
