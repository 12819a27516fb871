"""Owners by their ids: "account:<id>" for whoever signed up, "anon:<id>" for a visitor, and
"key:<id>" for an API key that an operator made. Nothing else knows how these are spelled. No I/O.
"""

from typing import NewType

from ashao.store.secrets import new_id

OwnerId = NewType("OwnerId", str)
"""Whose something is: what people keep, pay and earn goes by it."""
AccountId = NewType("AccountId", str)
"""An account's own id, as its rows have it."""

ACCOUNT = "account:"
VISITOR = "anon:"
KEY = "key:"


def of_account(account_id: AccountId) -> OwnerId:
    """The owner id of an account, which is also the name of its book."""
    return OwnerId(f"{ACCOUNT}{account_id}")


def of_key(key_id: str) -> OwnerId:
    """The owner id of a key that no account made."""
    return OwnerId(f"{KEY}{key_id}")


def new_visitor() -> OwnerId:
    """Somebody who has not signed in."""
    return OwnerId(f"{VISITOR}{new_id()}")


def visitors_at(address: str) -> OwnerId:
    """All those at an address who have no session yet, as one."""
    return OwnerId(f"{VISITOR}at:{address}")


def account_id_of(owner_id: OwnerId) -> AccountId | None:
    """The account that an owner id names; None for anybody else's."""
    return AccountId(owner_id.removeprefix(ACCOUNT)) if owner_id.startswith(ACCOUNT) else None


def is_visitor(owner_id: OwnerId) -> bool:
    """Whether this is somebody who has not signed in."""
    return owner_id.startswith(VISITOR)
