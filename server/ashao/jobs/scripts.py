"""Runs the Lua scripts: the only door through which a job changes.

Each verb's file calls its own script and knows its arguments; here they are loaded, sent by
EVALSHA, and their replies, which are words, become errors.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha1
from importlib.resources import files
from typing import Any, NoReturn

from redis.exceptions import NoScriptError

from ashao.errors import JobEnded, NoSuchJob, RepeatDiffers, SeqGap, StaleAttempt
from ashao.jobs import keys
from ashao.jobs.job import JobId
from ashao.store.courier import Courier
from ashao.store.redis import Redis, answering

JOB_SCRIPTS = (
    "enqueue",
    "refuse",
    "claim",
    "publish",
    "complete",
    "fail",
    "fail_job",
    "release",
    "renew",
    "sweep",
    "read_log",
    "settle",
)

Reply = list[Any]
Argument = str | int
Execute = Callable[..., Awaitable[Any]]


class Script:
    """One Lua script, known to the store by its digest."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._digest = sha1(text.encode(), usedforsecurity=False).hexdigest()

    @classmethod
    def load(cls, name: str) -> "Script":
        """A script of its own, which is not about one job."""
        return cls(_text(name))

    async def run(self, redis: Redis, names: Sequence[str], *arguments: Argument) -> Any:
        """Run it on keys that lie in one slot. Raises StoreUnavailable."""
        return await self.send(redis.execute_command, names, *arguments)

    async def send(self, execute: Execute, names: Sequence[str], *arguments: Argument) -> Any:
        """The same by another way to the store."""
        rest = (len(names), *names, *arguments)
        with answering():
            try:
                return await execute("EVALSHA", self._digest, *rest)
            except NoScriptError:  # the store restarted, or this is the script's first run
                return await execute("EVAL", self._text, *rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The times and limits of a job's life; the scripts hold them as constants.

    `unsettled_*` bound what stays of an ended job that nobody settled: its text, then its hash.
    """

    grace_ms: int = 4_000
    lease_ms: int = 15_000
    first_token_ms: int = 30_000
    max_attempts: int = 3
    stream_ttl_s: int = 120
    queue_ttl_s: int = 300
    unsettled_text_ms: int = 900_000
    unsettled_hash_ms: int = 86_400_000
    max_answer_bytes: int = 1_048_576


class JobStore:
    """The scripts, bound to one store and one set of rules."""

    def __init__(self, redis: Redis, rules: Rules) -> None:
        self.redis = redis
        self.rules = rules
        self.courier = Courier(redis)
        self._scripts = _job_scripts(rules)

    async def run(self, script: str, job_id: JobId, *arguments: Argument) -> Reply:
        """Run a job's script; its reply starts with a word. Raises StoreUnavailable."""
        names = (keys.job(job_id), keys.messages(job_id), keys.log(job_id))
        reply: Reply = await self._scripts[script].send(
            self.courier.execute, names, keys.channel(job_id), *arguments
        )
        return reply


def refuse(reply: Reply) -> NoReturn:
    """Raise what a refusing reply means: NoSuchJob, JobEnded, StaleAttempt, SeqGap, RepeatDiffers.

    Raises RuntimeError for a word that no script says.
    """
    match reply:
        case ["missing"]:
            raise NoSuchJob
        case ["ended", int(expected)]:
            raise JobEnded(expected)
        case ["stale", int(expected)]:
            raise StaleAttempt(expected)
        case ["gap", int(expected)]:
            raise SeqGap(expected)
        case ["differs", int(expected)]:
            raise RepeatDiffers(expected)
    raise RuntimeError(f"A script gave a reply that is not in its list: {reply[:1]}")


def _job_scripts(rules: Rules) -> dict[str, Script]:
    """Each job script, behind the rules and the beginning that they share."""
    constants = asdict(rules) | {"queue_ttl_ms": rules.queue_ttl_s * 1000}
    table = ", ".join(f"{name} = {value}" for name, value in constants.items())
    beginning = f"local rules = {{ {table} }}\n{_text('job')}"
    return {name: Script(beginning + _text(name)) for name in JOB_SCRIPTS}


def _text(name: str) -> str:
    return (files("ashao.jobs") / "lua" / f"{name}.lua").read_text("utf-8")
