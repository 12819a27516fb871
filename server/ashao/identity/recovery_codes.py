"""Recovery codes: the way back in when every passkey is lost. Each works once."""

import base64
import secrets

from sqlalchemy import delete

from ashao.errors import NotSignedIn
from ashao.identity.accounts import hold_account
from ashao.identity.bans import require_not_banned
from ashao.identity.challenges import SignedIn
from ashao.identity.owners import AccountId, of_account
from ashao.identity.tables import RecoveryCode
from ashao.store.database import Database
from ashao.store.secrets import digest

CODES = 10
BYTES = 15  # 120 bits: a plain digest of it cannot be searched through
GROUP = 6


class RecoveryCodes:
    """Makes codes and takes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def renew(self, account_id: AccountId) -> list[str]:
        """Ten new codes, shown this once; the earlier ones hold no longer. Raises NotFound."""
        codes = [_new_code() for _ in range(CODES)]
        async with self._database.session() as session, session.begin():
            await hold_account(session, account_id)
            await session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
            session.add_all(
                RecoveryCode(digest=_digest(each), account_id=account_id) for each in codes
            )
        return codes

    async def sign_in(self, code: str) -> SignedIn:
        """The account of a code, which is used up. Raises NotSignedIn, and Forbidden if banned."""
        async with self._database.session() as session, session.begin():
            account_id = await session.scalar(
                delete(RecoveryCode)
                .where(RecoveryCode.digest == _digest(code))
                .returning(RecoveryCode.account_id)
            )
            if account_id is None:
                raise NotSignedIn("This recovery code is not known, or was used before.")
            await require_not_banned(session, of_account(account_id))
        return SignedIn(account_id, is_new=False)


def _new_code() -> str:
    text = base64.b32encode(secrets.token_bytes(BYTES)).decode()
    return "-".join(text[start : start + GROUP] for start in range(0, len(text), GROUP))


def as_meant(code: str) -> str:
    """The code, however it was typed."""
    return "".join(each for each in code.upper() if each.isalnum())


def _digest(code: str) -> str:
    return digest(as_meant(code))
