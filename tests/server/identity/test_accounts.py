"""An account keeps a way in while it lives, and leaves nothing behind when it is deleted."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, MetaData, Table, select

from ashao.errors import Conflict, NotFound, NotSignedIn
from ashao.history.tables import ConversationId
from ashao.identity.owners import AccountId, OwnerId, of_account
from ashao.identity.tables import Account, Ban
from ashao.store.secrets import new_id
from tests.support.authenticator import Authenticator
from tests.support.people import SITE, House

CANARY = "a canary that nobody else would sing"


async def test_the_last_way_in_cannot_be_removed(house: House) -> None:
    account_id, device = await house.sign_up()
    (first,) = (await house.accounts.view(account_id)).passkeys
    with pytest.raises(Conflict):
        await house.accounts.remove_passkey(account_id, first.id)
    assert await house.sign_in(device) == account_id
    await house.add(account_id, Authenticator(SITE.origin))
    await house.accounts.remove_passkey(account_id, first.id)
    with pytest.raises(NotSignedIn):
        await house.sign_in(device)


async def test_recovery_codes_are_a_way_in(house: House) -> None:
    account_id, _ = await house.sign_up()
    await house.codes.renew(account_id)
    (only,) = (await house.accounts.view(account_id)).passkeys
    await house.accounts.remove_passkey(account_id, only.id)
    assert (await house.accounts.view(account_id)).passkeys == []


async def test_nobody_removes_anothers_passkey(house: House) -> None:
    victim, device = await house.sign_up()
    await house.add(victim, Authenticator(SITE.origin))
    mallory, _ = await house.sign_up()
    for each in (await house.accounts.view(victim)).passkeys:
        with pytest.raises(NotFound):
            await house.accounts.remove_passkey(mallory, each.id)
    assert await house.sign_in(device) == victim


async def test_a_deleted_account_leaves_nothing_but_nameless_ledger_lines(
    house: House, tmp_path: Path
) -> None:
    account_id, device = await house.sign_up()
    owner_id = of_account(account_id)
    await house.conversations.save_question(
        owner_id, ConversationId("c" * 32), "d" * 32, CANARY, None
    )
    await house.ledger.charge(owner_id, "d" * 32, "pro")
    token = await house.sessions.open(account_id, CANARY, None)
    async with house.database.session() as session, session.begin():
        session.add(Ban(subject=owner_id, reason="spam", created_at=datetime.now(UTC)))
    codes = await house.codes.renew(account_id)
    await house.membership.ban(OwnerId("account:somebody-else"), "stays")

    await house.membership.delete(account_id)

    rows = await _every_row(house)
    assert account_id not in rows
    assert CANARY not in rows
    assert await house.live.owner(token) is None
    assert await house.ledger.balance(owner_id) == 0
    with pytest.raises(NotSignedIn):
        await house.sign_in(device)
    with pytest.raises(NotSignedIn):
        await house.codes.sign_in(codes[0])
    assert await asyncio.to_thread(_files_holding, tmp_path, CANARY, account_id) == []


async def test_a_refund_after_the_deletion_goes_to_the_closed_book(house: House) -> None:
    account_id, _ = await house.sign_up()
    await house.ledger.charge(of_account(account_id), "d" * 32, "pro")
    await house.membership.delete(account_id)
    assert await house.ledger.refund("d" * 32)
    assert account_id not in await _every_row(house)


async def test_a_session_that_opens_during_the_deletion_is_closed_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id, _ = await house.sign_up()
    tokens: list[str] = []

    async def end_all(account_id: str, but: str | None = None) -> None:
        tokens.append(await house.sessions.open(AccountId(account_id), but, None))

    monkeypatch.setattr(house.sessions, "end_all", end_all)
    await house.membership.delete(account_id)
    assert [await house.live.owner(each) for each in tokens] == [None]


async def test_a_question_that_comes_during_the_deletion_is_not_kept(house: House) -> None:
    """Neither one that is sent, nor one that a sign-in brings along."""
    visitor = "anon:" + "f" * 32
    for _ in range(5):
        account_id, _ = await house.sign_up()
        owner_id = of_account(account_id)
        await house.conversations.save_question(
            OwnerId(visitor), ConversationId(new_id()), new_id(), "old", None
        )
        await asyncio.gather(
            house.conversations.save_question(
                owner_id, ConversationId(new_id()), new_id(), "new", None
            ),
            house.conversations.move(OwnerId(visitor), owner_id),
            house.membership.delete(account_id),
            house.conversations.save_question(
                owner_id, ConversationId(new_id()), new_id(), "newer", None
            ),
            return_exceptions=True,
        )
        assert await house.conversations.list_conversations(owner_id) == []


async def test_others_are_untouched_by_a_deletion(house: House) -> None:
    leaving, _ = await house.sign_up()
    staying, device = await house.sign_up()
    await house.conversations.save_question(
        of_account(staying), ConversationId("c" * 32), "d" * 32, "mine", None
    )
    token = await house.sessions.open(staying, None, None)
    await house.membership.delete(leaving)
    assert await house.sign_in(device) == staying
    assert await house.live.owner(token) == of_account(staying)
    assert len(await house.conversations.list_conversations(of_account(staying))) == 1
    with pytest.raises(NotFound):
        await house.membership.delete(leaving)


async def test_an_account_is_nothing_but_a_random_id(house: House) -> None:
    account_id, _ = await house.sign_up()
    async with house.database.session() as session:
        account = (await session.scalars(select(Account))).one()
    assert account.id == account_id
    assert set(Account.__table__.columns.keys()) == {"id", "created_at"}


def _files_holding(folder: Path, *texts: str) -> list[str]:
    """SQLite's files in which any of the texts can still be found."""
    found = {file.name: file.read_bytes() for file in folder.glob("ashao.sqlite*")}
    return [name for name, kept in found.items() if any(each.encode() in kept for each in texts)]


async def _every_row(house: House) -> str:
    """All that the database shows, as text."""
    async with house.database.engine.connect() as connection:
        names = await connection.run_sync(_tables)
        found = [str((await connection.execute(select(table))).all()) for table in names]
    return "\n".join(found)


def _tables(connection: Connection) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return list(metadata.sorted_tables)
