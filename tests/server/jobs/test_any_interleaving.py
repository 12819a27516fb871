"""Any order of any calls: one producer at a time, no event lost or doubled, one end."""

import asyncio
import os
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ashao.errors import Fence
from ashao.jobs import keys
from ashao.jobs.claim import claim
from ashao.jobs.codes import SENTENCES, EndCode, FailCode
from ashao.jobs.enqueue import enqueue
from ashao.jobs.finish import cancel, complete, fail_attempt, give_up, release, revoke
from ashao.jobs.job import JobId, Producer, Tier
from ashao.jobs.publish import PieceKind, publish, renew
from ashao.jobs.read import mark_settled, read_log
from ashao.jobs.store import JobStore
from ashao.messages import Message, Params
from ashao.store.redis import connect
from tests.support.aging import age
from tests.support.job_checks import bring_to_its_end, compare, sweep_now
from tests.support.job_model import RULES, ModelJob
from tests.support.jobs import ANN, BOB, CLOUD, SKY, new_job, queue
from tests.support.stores import plain_client

PRODUCERS = st.sampled_from([ANN, BOB, CLOUD, SKY])
SPEAKERS = st.sampled_from([None, None, None, ANN, CLOUD])  # None: whoever holds the claim
WHICH = st.integers(0, 5)
RARELY = st.sampled_from([True, False, False, False, False])  # else most jobs would die young
CODES = st.sampled_from([FailCode.ENGINE] * 6 + [*FailCode])
BACK = st.sampled_from([0, 0, 1])  # mostly the current attempt, sometimes the one before


class JobLife(RuleBasedStateMachine):
    """The store and the model side by side."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.jobs: list[ModelJob] = []
        with plain_client(self.url) as client:
            client.flushall()
        self.redis = connect(self.url)
        self.store = JobStore(self.redis, RULES)

    def run[T](self, call: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(call)

    def pick(self, which: int) -> ModelJob:
        self.touched = self.jobs[which % len(self.jobs)]
        return self.touched

    def refused(self, call: Coroutine[Any, Any, object]) -> bool:
        """Run it; whether a fence stopped it."""
        try:
            self.run(call)
        except Fence as fence:
            assert any(fence.expected == job.next_seq for job in self.jobs)
            return True
        return False

    @initialize()
    def begin(self) -> None:
        self.enqueue(no_worker=False, budget=None, is_pushed=True)

    @precondition(lambda self: len(self.jobs) < 6)
    @rule(no_worker=st.booleans(), budget=st.sampled_from([None, 4]), is_pushed=st.booleans())
    def enqueue(self, no_worker: bool, budget: int | None, is_pushed: bool) -> None:
        """Sometimes its process dies before the push."""
        job = new_job(no_worker=no_worker, params=Params(max_tokens=budget))
        self.run(enqueue(self.store, job))
        if not is_pushed:
            self.run(self._lose_id(job.id))
        self.touched = ModelJob.of(job)
        self.jobs.append(self.touched)

    @rule(which=WHICH)
    def enqueue_again(self, which: int) -> None:
        self.run(enqueue(self.store, self.pick(which).new))

    @rule(which=WHICH)
    def a_popped_id_is_lost(self, which: int) -> None:
        self.run(self._lose_id(self.pick(which).new.id))

    async def _lose_id(self, job_id: JobId) -> None:
        await self.redis.lrem(keys.queue(Tier.PRO), 0, job_id)

    @rule(which=WHICH, producer=PRODUCERS)
    def claim(self, which: int, producer: Any) -> None:
        job = self.pick(which)
        won = self.run(claim(self.store, job.new.id, producer))
        assert (won is not None) == job.may_be_claimed_by(producer)
        if won is None:
            return
        job.claim(producer)
        said = "".join(getattr(event, "value", "") for event in job.events)
        prefix = [Message("assistant", said)] if said else []
        assert won.messages == [*job.new.messages, *prefix]
        assert (won.attempt, won.next_seq) == (job.attempt, job.next_seq)

    @rule(which=WHICH, value=st.sampled_from(["a", "b\n", "é🙂", ""]), tokens=st.integers(0, 2))
    def the_holder_publishes(self, which: int, value: str, tokens: int) -> None:
        job = self.pick(which)
        if job.status != "running" or job.holder is None:
            return
        call = publish(
            self.store, job.new.id, job.holder.id, job.attempt, job.next_seq, value, tokens
        )
        assert self.run(call) == "ok"
        job.publish(value, tokens)

    @rule(which=WHICH, value=st.sampled_from(["hm", "é 🙂", "\n"]), tokens=st.integers(0, 2))
    def the_holder_thinks(self, which: int, value: str, tokens: int) -> None:
        job = self.pick(which)
        if job.status != "running" or job.holder is None:
            return
        call = publish(
            self.store,
            job.new.id,
            job.holder.id,
            job.attempt,
            job.next_seq,
            value,
            tokens,
            "thinking",
        )
        result = self.run(call)
        assert result == ("ok" if job.think(value, tokens) else "lost")

    @rule(
        which=WHICH,
        producer=SPEAKERS,
        back=BACK,
        shift=st.sampled_from([-2, -1, 1]),
        is_same=st.booleans(),
    )
    def somebody_publishes_out_of_turn(
        self, which: int, producer: Any, back: int, shift: int, is_same: bool
    ) -> None:
        """A repeat, a wrong repeat, a skip; perhaps by a zombie."""
        job = self.pick(which)
        producer = producer or job.holder or ANN
        seq = job.next_seq + shift
        attempt = job.attempt - back
        known = job.events[seq] if 0 <= seq < job.next_seq else None
        thought = getattr(known, "thinking", "")
        value = (thought or getattr(known, "value", "?")) if is_same else "other"
        kind: PieceKind = "thinking" if thought else "text"
        call = publish(self.store, job.new.id, producer.id, attempt, seq, value, kind=kind)
        is_repeat = is_same and known is not None and seq >= job.first_seq
        assert self.refused(call) == (not (job.holds(producer, attempt) and is_repeat))

    @rule(which=WHICH, producer=SPEAKERS, back=BACK, really=RARELY)
    def complete(self, which: int, producer: Any, back: int, really: bool) -> None:
        job = self.pick(which)
        producer = producer or job.holder or ANN
        attempt = job.attempt - back
        if not (really or back):
            return
        call = complete(self.store, job.new.id, producer.id, attempt)
        last_model = (job.holder, job.attempt) == (producer, attempt)
        may = job.holds(producer, attempt) or (job.status == "done" and last_model)
        assert self.refused(call) != may
        if job.status == "running" and may:
            job.complete()

    @rule(which=WHICH, producer=SPEAKERS, back=BACK, code=CODES)
    def fail(self, which: int, producer: Any, back: int, code: FailCode) -> None:
        job = self.pick(which)
        producer = producer or job.holder or ANN
        attempt = job.attempt - back
        call = fail_attempt(self.store, job.new.id, producer.id, attempt, code)
        assert self.refused(call) != job.holds(producer, attempt)
        if not job.holds(producer, attempt):
            return
        if code in (FailCode.BAD_REQUEST, FailCode.REFUSED) and producer.kind == "provider":
            job.end_failed(SENTENCES[EndCode(code)])
            return
        too_long = code is FailCode.CONTEXT_TOO_LONG and producer.kind == "worker"
        job.no_worker = job.no_worker or too_long
        job.lose("failed")
        if too_long:
            job.grace_left = 0

    @rule(which=WHICH, producer=SPEAKERS, back=BACK)
    def release(self, which: int, producer: Any, back: int) -> None:
        job = self.pick(which)
        producer = producer or job.holder or ANN
        attempt = job.attempt - back
        call = release(self.store, job.new.id, producer.id, attempt)
        assert self.refused(call) != job.holds(producer, attempt)
        if job.holds(producer, attempt):
            job.lose("released")

    @rule(which=WHICH)
    def revoke(self, which: int) -> None:
        job = self.pick(which)
        may = job.status == "running" and job.first_seq == job.next_seq
        assert self.refused(revoke(self.store, job.new.id, job.attempt)) != may
        if may:
            job.lose("released")
            job.grace_left = min(job.grace_left, 0)

    @rule(which=WHICH, really=RARELY)
    def cancel(self, which: int, really: bool) -> None:
        job = self.pick(which)
        if not really:
            return
        assert self.run(cancel(self.store, job.new.id)) == (not job.has_ended)
        if not job.has_ended:
            job.end_failed("cancelled")

    @rule(which=WHICH, configured=st.sampled_from([(CLOUD,), (CLOUD, SKY)]))
    def give_up(self, which: int, configured: tuple[Producer, ...]) -> None:
        job = self.pick(which)
        have_tried = {each.id for each in configured} <= set(job.tried)
        may = job.status == "queued" and job.is_exhausted and have_tried
        assert self.run(give_up(self.store, job.new.id, [each.id for each in configured])) == may
        if may:
            events = self.run(read_log(self.store, job.new.id)).events
            job.end_failed(getattr(events[-1], "message", ""))

    @rule(which=WHICH)
    def heartbeat(self, which: int) -> None:
        job = self.pick(which)
        holder = job.holder or ANN
        lost = self.run(renew(self.store, holder.id, [(job.new.id, job.attempt)]))
        assert bool(lost) != job.holds(holder, job.attempt)
        if not lost:
            job.lease_left = RULES.lease_ms

    @rule(which=WHICH, ms=st.sampled_from([6_000_001, 21_000_001]))
    def time_passes(self, which: int, ms: int) -> None:
        job = self.pick(which)
        self.run(age(self.redis, job.new.id, ms))
        job.pass_time(ms)

    @rule(which=WHICH)
    def sweep(self, which: int) -> None:
        job = self.pick(which)
        due = self.run(sweep_now(self.store, job.new.id))
        is_workers = job.holder is not None and job.holder.kind == "worker"
        assert ("lapsed" in due) == (job.has_lapsed and is_workers)
        due.discard("lapsed")
        if job.has_lapsed:
            job.lose("lapsed")
        if job.has_ended:
            assert due == (set() if job.is_settled else {"ended"})
            assert job.new.id not in self.run(queue(self.store))
        elif job.status == "queued":
            assert due == ({"provider"} if job.is_open_to_providers else set())
            assert (job.new.id in self.run(queue(self.store))) >= job.is_open_to_workers

    @rule(which=WHICH, really=RARELY)
    def nobody_takes_it_for_too_long(self, which: int, really: bool) -> None:
        """It ends where it waits, and leaves the queue with its end."""
        job = self.pick(which)
        if not really or job.status != "queued":
            return
        self.run(age(self.redis, job.new.id, RULES.queue_ttl_s * 1000, "queuedAt"))
        assert self.run(sweep_now(self.store, job.new.id)) == {"ended"}
        job.end_failed(SENTENCES[EndCode.NO_PRODUCER])
        assert job.new.id not in self.run(queue(self.store))

    @rule(which=WHICH)
    def settle(self, which: int) -> None:
        job = self.pick(which)
        assert self.run(mark_settled(self.store, job.new.id)) == job.has_ended
        job.is_settled = job.has_ended

    @invariant()
    def the_store_is_as_the_model_says(self) -> None:
        if self.jobs:
            self.run(compare(self.store, self.touched))

    def teardown(self) -> None:
        """Whatever happened, every job can still be brought to its end."""
        try:
            for job in self.jobs:
                self.run(compare(self.store, job))
                self.run(bring_to_its_end(self.store, job))
        finally:
            self.run(self.redis.aclose())
            self.runner.close()


def _run(store_url: str, examples: int, steps: int) -> None:
    machine = type("JobLifeHere", (JobLife,), {"url": store_url})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(120)
def test_any_interleaving_keeps_the_promises(store_url: str) -> None:
    _run(store_url, examples=50, steps=50)


@pytest.mark.chaos
@pytest.mark.timeout(900)
def test_many_long_interleavings_keep_the_promises(store_url: str) -> None:
    """As long as ASHAO_CHAOS_S asks for; a handful where nobody asked."""
    _run(store_url, examples=max(5, int(os.environ.get("ASHAO_CHAOS_S", "0")) * 2), steps=150)
