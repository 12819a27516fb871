"""Credits, on both databases: who pays, who earns, and that nothing happens twice."""

import asyncio

import pytest

from ashao.errors import Conflict, InsufficientCredits
from ashao.identity.owners import AccountId, OwnerId
from ashao.ledger import double_entry
from ashao.ledger.ledger import Ledger
from ashao.ledger.prices import Outcome, Share, split
from ashao.ledger.statement import Statement
from ashao.store.database import Database
from ashao.store.secrets import new_id
from tests.support.ledgers import ANN, BOB, CLEO, ManualClock, balances, open_account

HOUR_MS = 3_600_000
DONE, FAILED, CANCELLED = Outcome.DONE, Outcome.FAILED, Outcome.CANCELLED


async def test_newcomers_get_their_credits_once(ledger: Ledger, database: Database) -> None:
    assert not any(await asyncio.gather(*(open_account(ledger, database, "ann") for _ in range(3))))
    assert await ledger.balance(ANN) == 500


async def test_a_charge_repeated_takes_its_price_once(ledger: Ledger) -> None:
    job_id = new_id()
    taken = await asyncio.gather(*(ledger.charge(ANN, job_id, "pro") for _ in range(4)))
    assert taken == [10, 10, 10, 10]
    assert await ledger.charge(ANN, new_id(), "max") == 15
    assert await ledger.balance(ANN) == 475


async def test_nobody_spends_more_than_there_is(ledger: Ledger) -> None:
    assert await ledger.grant(AccountId("ann"), -485, "correction")
    refused = await asyncio.gather(
        *(ledger.charge(ANN, new_id(), "pro") for _ in range(4)), return_exceptions=True
    )
    assert sorted(map(str, refused))[0] == "10"
    assert [type(each) for each in refused].count(InsufficientCredits) == 3
    assert await ledger.balance(ANN) == 5
    with pytest.raises(InsufficientCredits):
        await ledger.grant(AccountId("ann"), -6, "too much")


async def test_a_worker_earns_its_share_when_the_answer_is_done(
    ledger: Ledger, database: Database
) -> None:
    job_id = new_id()
    await ledger.charge(ANN, job_id, "pro")
    settled = await asyncio.gather(
        *(ledger.settle(job_id, DONE, [Share(BOB, 40)]) for _ in range(4))
    )
    assert sorted(settled) == [False, False, False, True]
    assert await balances(database) == {
        ANN: 490,
        BOB: 507,
        CLEO: 500,
        double_entry.NETWORK: 3,
        double_entry.GRANTS: -1500,
    }


async def test_workers_that_wrote_one_answer_split_the_share_by_tokens(ledger: Ledger) -> None:
    job_id = new_id()
    await ledger.charge(ANN, job_id, "max")
    await ledger.settle(job_id, DONE, [Share(BOB, 10), Share(CLEO, 19), Share(BOB, 1)])
    # 70 % of 15 is 10 whole credits; 11 of 30 tokens are Bob's.
    assert (await ledger.balance(BOB), await ledger.balance(CLEO)) == (504, 506)


async def test_a_providers_part_and_an_own_workers_part_stay_with_the_network(
    ledger: Ledger, database: Database
) -> None:
    job_id = new_id()
    await ledger.charge(ANN, job_id, "pro")
    shares = [Share(None, 10, is_provider=True), Share(ANN, 10), Share(BOB, 15)]
    await ledger.settle(job_id, DONE, shares)
    assert await ledger.balance(ANN) == 490
    assert await ledger.balance(BOB) == 503
    assert (await balances(database))[double_entry.NETWORK] == 7


async def test_who_asked_earns_nothing_although_the_pool_pays(ledger: Ledger) -> None:
    job_id = new_id()
    await ledger.charge(OwnerId("anon:dora"), job_id, "pro")
    await ledger.settle(job_id, DONE, [Share(BOB, 10), Share(CLEO, 25)], asker=BOB)
    assert (await ledger.balance(BOB), await ledger.balance(CLEO)) == (500, 505)


async def test_what_anonymous_workers_earn_counts_as_donated(
    ledger: Ledger, database: Database
) -> None:
    job_id = new_id()
    await ledger.charge(ANN, job_id, "pro")
    await ledger.settle(
        job_id, DONE, [Share(None, 10), Share(OwnerId("anon:dora"), 10), Share(BOB, 5)]
    )
    assert (await Statement(database).totals()).donated == 6
    assert await ledger.balance(OwnerId("anon:dora")) == 0


@pytest.mark.parametrize(
    ("outcome", "tokens"), [(FAILED, 0), (FAILED, 50), (CANCELLED, 0), (DONE, 0)]
)
async def test_a_failure_or_an_answer_without_a_token_is_refunded(
    ledger: Ledger, outcome: Outcome, tokens: int
) -> None:
    job_id = new_id()
    await ledger.charge(ANN, job_id, "pro")
    assert await ledger.settle(job_id, outcome, [Share(BOB, tokens)])
    assert (await ledger.balance(ANN), await ledger.balance(BOB)) == (500, 500)


async def test_an_answer_cancelled_after_its_first_token_is_paid(ledger: Ledger) -> None:
    job_id = new_id()
    await ledger.charge(ANN, job_id, "pro")
    assert await ledger.settle(job_id, CANCELLED, [Share(BOB, 1)])
    assert (await ledger.balance(ANN), await ledger.balance(BOB)) == (490, 507)


async def test_a_job_is_settled_or_refunded_and_never_both(ledger: Ledger) -> None:
    for _ in range(5):
        job_id = new_id()
        await ledger.charge(ANN, job_id, "pro")
        ended = await asyncio.gather(
            ledger.settle(job_id, DONE, [Share(BOB, 1)]),
            ledger.refund(job_id),
            ledger.settle(job_id, DONE, [Share(BOB, 1)]),
            ledger.refund(job_id),
        )
        assert sum(ended) == 1


async def test_a_refunded_job_cannot_be_charged_again(ledger: Ledger) -> None:
    charged, uncharged = new_id(), new_id()
    await ledger.charge(ANN, charged, "pro")
    for job_id in (charged, uncharged):
        assert await ledger.refund(job_id)
        assert not await ledger.refund(job_id)
        with pytest.raises(Conflict):
            await ledger.charge(ANN, job_id, "pro")
    assert await ledger.balance(ANN) == 500


async def test_a_charge_and_its_refund_at_the_same_moment_leave_nothing_held(
    ledger: Ledger, database: Database
) -> None:
    for _ in range(5):
        job_id = new_id()
        await asyncio.gather(
            ledger.charge(ANN, job_id, "pro"), ledger.refund(job_id), return_exceptions=True
        )
    assert await ledger.balance(ANN) == 500
    assert double_entry.HELD not in await balances(database)


async def test_a_charge_whose_job_was_lost_is_found_until_it_is_refunded(
    ledger: Ledger, clock: ManualClock
) -> None:
    lost, settled, refunded = new_id(), new_id(), new_id()
    for job_id in (lost, settled, refunded):
        await ledger.charge(ANN, job_id, "pro")
    await ledger.settle(settled, DONE, [Share(BOB, 1)])
    await ledger.refund(refunded)
    assert await ledger.open_charges(60) == []
    clock.at_ms += HOUR_MS
    fresh = new_id()
    await ledger.charge(ANN, fresh, "pro")
    assert await ledger.open_charges(60) == [lost]
    await ledger.refund(lost)
    assert await ledger.open_charges(60) == []


async def test_anonymous_messages_are_paid_by_the_pool_up_to_its_hourly_cap(
    ledger: Ledger, clock: ManualClock
) -> None:
    jobs = [new_id() for _ in range(5)]
    taken = await asyncio.gather(*(ledger.charge(OwnerId("anon:dora"), job, "pro") for job in jobs))
    assert sorted(taken) == [0, 0, 10, 10, 10]
    for job_id in jobs:
        assert await ledger.settle(job_id, DONE, [Share(BOB, 5)])
    assert await ledger.balance(BOB) == 521
    clock.at_ms += HOUR_MS
    assert await ledger.charge(OwnerId("anon:dora"), new_id(), "pro") == 10


async def test_what_the_pool_gets_back_it_can_pay_again(ledger: Ledger) -> None:
    jobs = [new_id() for _ in range(3)]
    for job_id in jobs:
        assert await ledger.charge(OwnerId("anon:dora"), job_id, "pro") == 10
    assert await ledger.refund(jobs[0])
    assert await ledger.charge(OwnerId("anon:dora"), new_id(), "pro") == 10
    assert await ledger.charge(OwnerId("anon:dora"), new_id(), "pro") == 0


def test_a_split_is_exact_and_fair() -> None:
    assert split(10, [1, 1, 1]) == [4, 3, 3]
    assert split(7, [1, 2, 3]) == [1, 2, 4]
    assert split(10, [0, 5]) == [0, 10]
    assert split(10, [0, 0]) == [0, 0]
    assert split(10, []) == []
