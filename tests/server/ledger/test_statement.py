"""What the books say, and to whom."""

from ashao.identity.owners import AccountId, OwnerId
from ashao.ledger import double_entry
from ashao.ledger.ledger import Ledger
from ashao.ledger.prices import Outcome, Share
from ashao.ledger.statement import Statement
from ashao.store.database import Database
from ashao.store.secrets import new_id
from tests.support.ledgers import ANN, BOB, CLEO, balances

DONE, FAILED = Outcome.DONE, Outcome.FAILED


async def test_a_statement_lists_what_moved_and_its_csv_says_the_same(
    ledger: Ledger, database: Database
) -> None:
    first, second, theirs = new_id(), new_id(), new_id()
    await ledger.charge(ANN, first, "pro")
    await ledger.charge(ANN, second, "max")
    await ledger.charge(BOB, theirs, "pro")
    await ledger.settle(first, DONE, [Share(CLEO, 9)])
    await ledger.settle(second, FAILED, [])
    await ledger.settle(theirs, DONE, [Share(ANN, 9)])
    statement = Statement(database)
    lines = await statement.lines(AccountId("ann"))
    assert [(line.kind, line.job_id, line.credits) for line in lines] == [
        ("settle", theirs, 7),
        ("refund", second, 15),
        ("charge", second, -15),
        ("charge", first, -10),
        ("sign_up", None, 500),
    ]
    assert await statement.lines(AccountId("ann"), before=lines[2].id) == lines[3:]
    rows = (await statement.csv(AccountId("ann"))).splitlines()
    assert rows[0] == "at,kind,job,credits"
    assert [row.split(",")[1:] for row in rows[1:3]] == [
        ["settle", theirs, "7"],
        ["refund", second, "15"],
    ]


async def test_the_totals_account_for_every_credit(ledger: Ledger, database: Database) -> None:
    paid, pooled, waiting = new_id(), new_id(), new_id()
    await ledger.charge(ANN, paid, "pro")
    await ledger.charge(OwnerId("anon:dora"), pooled, "pro")
    await ledger.charge(CLEO, waiting, "max")
    await ledger.settle(paid, DONE, [Share(BOB, 1), Share(None, 1)])
    await ledger.settle(pooled, DONE, [Share(BOB, 1)])
    totals = await Statement(database).totals()
    assert (totals.granted, totals.from_pool, totals.held) == (1500, 10, 15)
    assert totals.in_accounts + totals.held + totals.kept + totals.donated == 1510
    assert (totals.kept, totals.donated) == (6, 3)


async def test_a_closed_book_keeps_its_entries_and_loses_its_name(
    ledger: Ledger, database: Database
) -> None:
    open_job, earned = new_id(), new_id()
    await ledger.charge(ANN, open_job, "pro")
    await ledger.charge(BOB, earned, "pro")
    async with database.session() as session, session.begin():
        await double_entry.close_book(session, AccountId("ann"))
    await ledger.refund(open_job)
    await ledger.settle(earned, DONE, [Share(ANN, 1)])
    left = await balances(database)
    assert ANN not in left and left[double_entry.DONATED] == 7
    assert [left[name] for name in left if name.startswith("closed:")] == [500]
    assert await Statement(database).lines(AccountId("ann")) == []
