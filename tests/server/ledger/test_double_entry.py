"""Any order of charges, endings, repeats and crashes: the books add up to the credit."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from ashao.errors import Conflict, InsufficientCredits
from ashao.identity.owners import OwnerId
from ashao.ledger.double_entry import HELD, POOL
from ashao.ledger.ledger import Ledger
from ashao.ledger.prices import Outcome, Share
from ashao.store.database import Database
from ashao.store.secrets import new_id
from tests.support.databases import KINDS, Cluster, opened
from tests.support.ledger_model import PRICES, ModelBooks, ModelJob
from tests.support.ledgers import balances, empty_books, open_account, unbalanced

WHICH = st.integers(0, 7)
PAYERS = st.sampled_from(["ann", "bob", "anon"])
TIERS = st.sampled_from(["pro", "max"])
EARNERS = st.sampled_from(["ann", "bob", None])
OUTCOMES = st.sampled_from([Outcome.DONE, Outcome.DONE, Outcome.CANCELLED, Outcome.FAILED])
TOKENS = st.sampled_from([0, 1, 50])


class CrashedError(Exception):
    """The process died just before its commit."""


class Books(RuleBasedStateMachine):
    """The database and the model side by side."""

    runner: asyncio.Runner
    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.run(empty_books(self.database))
        self.ledger = Ledger(self.database, PRICES)
        self.model = ModelBooks()
        self.jobs: list[ModelJob] = []
        self.names = {name: OwnerId(f"account:{name}") for name in ("ann", "bob")}
        self.names["anon"] = OwnerId("anon")
        for name in ("ann", "bob"):
            assert self.run(open_account(self.ledger, self.database, name))
            self.model.balances[self.names[name]] = PRICES.sign_up

    def run[T](self, call: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(call)

    async def at_once(self, *calls: Coroutine[Any, Any, Any]) -> list[Any]:
        return await asyncio.gather(*calls, return_exceptions=True)

    def pick(self, which: int) -> ModelJob | None:
        return self.jobs[which % len(self.jobs)] if self.jobs else None

    def charging(self, job: ModelJob) -> Coroutine[Any, Any, int]:
        return self.ledger.charge(OwnerId(job.payer), job.id, job.tier)

    @rule(payer=PAYERS, tier=TIERS)
    def send(self, payer: str, tier: str) -> None:
        job = ModelJob(new_id(), self.names[payer], tier)
        self.jobs.append(job)
        self.charge_again(len(self.jobs) - 1)

    @rule(which=WHICH)
    def charge_again(self, which: int) -> None:
        if (job := self.pick(which)) is None:
            return
        if job.ended == "refunded":
            with pytest.raises(Conflict):
                self.run(self.charging(job))
        elif job.price is None and not self.model.can_pay(job):
            with pytest.raises(InsufficientCredits):
                self.run(self.charging(job))
        else:
            assert self.run(self.charging(job)) == self.model.charge(job)

    @rule(which=WHICH, outcome=OUTCOMES, payee=EARNERS, tokens=TOKENS, is_provider=st.booleans())
    def settle(
        self, which: int, outcome: Outcome, payee: str | None, tokens: int, is_provider: bool
    ) -> None:
        if (job := self.pick(which)) is None:
            return
        shares = [Share(self.names[payee] if payee else None, tokens, is_provider)]
        is_first = self.run(self.ledger.settle(job.id, outcome, shares))
        assert is_first == (job.ended is None)
        if is_first:
            self.model.settle(job, outcome, shares)

    @rule(which=WHICH)
    def refund(self, which: int) -> None:
        if (job := self.pick(which)) is None:
            return
        is_first = self.run(self.ledger.refund(job.id))
        assert is_first == (job.ended is None)
        if is_first:
            self.model.refund(job)

    @rule(which=WHICH, payee=EARNERS)
    def end_in_every_way_at_once(self, which: int, payee: str | None) -> None:
        if (job := self.pick(which)) is None:
            return
        shares = [Share(self.names[payee] if payee else None, 5)]
        paid, given_back, again = self.run(
            self.at_once(
                self.ledger.settle(job.id, Outcome.DONE, shares),
                self.ledger.refund(job.id),
                self.ledger.settle(job.id, Outcome.DONE, shares),
            )
        )
        assert [paid, given_back, again].count(True) == (job.ended is None)
        if given_back:
            self.model.refund(job)
        elif paid or again:
            self.model.settle(job, Outcome.DONE, shares)

    @rule(payer=PAYERS)
    def send_everything_at_once(self, payer: str) -> None:
        jobs = [ModelJob(new_id(), self.names[payer], "max") for _ in range(3)]
        taken = self.run(self.at_once(*map(self.charging, jobs)))
        # What was taken first, refusals last: those must be right when all has been taken.
        for job, credits in sorted(zip(jobs, taken, strict=True), key=lambda pair: str(pair[1])):
            if isinstance(credits, InsufficientCredits):
                assert not self.model.can_pay(job)
                continue
            self.jobs.append(job)
            job.price = credits
            if job.payer == "anon":
                self.model.from_pool += credits
            else:
                self.model.balances[job.payer] -= credits

    @rule(which=WHICH, is_charge=st.booleans(), payee=EARNERS)
    def crash_before_the_commit(self, which: int, is_charge: bool, payee: str | None) -> None:
        if (job := self.pick(which)) is None:
            return
        shares = [Share(self.names[payee] if payee else None, 5)]
        call = self.charging(job) if is_charge else self.ledger.settle(job.id, Outcome.DONE, shares)
        engine = self.database.writing_engine
        event.listen(engine, "commit", _crash)
        try:
            self.run(call)
        except (CrashedError, Conflict, InsufficientCredits, DBAPIError):
            return
        finally:
            event.remove(engine, "commit", _crash)
        raise AssertionError("nothing crashed")

    @invariant()
    def everything_adds_up(self) -> None:
        assert self.run(unbalanced(self.database)) == []
        kept = self.run(balances(self.database))
        for owner in ("account:ann", "account:bob"):
            assert kept.get(owner, 0) == self.model.balances[owner] >= 0
        open_charges = sum(job.price or 0 for job in self.jobs if job.ended is None)
        assert kept.get(HELD, 0) == open_charges
        assert -kept.get(POOL, 0) == self.model.from_pool <= PRICES.pool_hourly_cap


def _crash(_: object) -> None:
    raise CrashedError


@pytest.fixture(params=KINDS)
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[type[Books]]:
    """The machine on an open database of each kind."""

    async def begin(stack: AsyncExitStack) -> Database:
        url = ""
        if request.param == "postgresql":
            cluster: Cluster = request.getfixturevalue("cluster")
            url = await stack.enter_async_context(cluster.fresh())
        return await stack.enter_async_context(opened(tmp_path, url))

    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        database = runner.run(begin(stack))
        yield type("Books", (Books,), {"runner": runner, "database": database})
        runner.run(stack.aclose())


def test_the_books_balance_after_any_interleaving(machine: type[Books]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=10,
            stateful_step_count=15,
            database=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
