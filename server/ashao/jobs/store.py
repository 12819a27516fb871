"""Runs the Lua scripts: the only door through which a job changes.

Each verb's file calls its own script, a class of `scripts.py`; here they are loaded, sent by
EVALSHA, and their replies, which are words, become errors.
"""

from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NoReturn

from ashao.errors import JobEnded, NoSuchJob, SeqConflict, SeqGap, StaleAttempt
from ashao.jobs import keys
from ashao.jobs.job import JobId
from ashao.jobs.scripts import JobScript
from ashao.store.batching import CommandBatcher
from ashao.store.redis import Redis
from ashao.store.script import Script

if TYPE_CHECKING:
    from collections.abc import Callable

Reply = list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The times and limits of a job's life; the scripts hold them as constants.

    `unsettled_*` bound what stays of an ended job that nobody settled: its text, then its hash.
    `thinking_ms` bounds the silence of all claims of a job together. A fair pace is `fair_start_ms`
    and then a token in `slowest_token_ms`; a worker that gave `fair_tokens`, or spoke as long as
    `fair_start_ms`, may hand its claim back without its counting as an attempt. A claim that thinks
    more than `max_thought_bytes` is lost.
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
    max_thought_bytes: int = 262_144
    max_pieces: int = 20_000
    thinking_ms: int = 300_000
    fair_start_ms: int = 30_000
    fair_tokens: int = 32
    slowest_token_ms: int = 2_000


class JobStore:
    """The scripts, bound to one store and one set of rules.

    `on_ended` hears of each job that ends through here. Of one that ends elsewhere, or while nobody
    listens, its deadline tells.
    """

    def __init__(self, redis: Redis, rules: Rules) -> None:
        self.redis = redis
        self.rules = rules
        self.batcher = CommandBatcher(redis)
        self.on_ended: Callable[[JobId], None] | None = None
        self._scripts = _job_scripts(rules)

    async def run(self, job_id: JobId, script: JobScript) -> Reply:
        """Run a script on a job; its reply starts with a word. Raises StoreUnavailable."""
        names = (keys.job(job_id), keys.messages(job_id), keys.log(job_id))
        reply: Reply = await self._scripts[script.name].send(
            self.batcher.execute, names, keys.channel(job_id), *script.arguments()
        )
        return reply


def raise_refusal(reply: Reply) -> NoReturn:
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
            raise SeqConflict(expected)
    raise RuntimeError(f"A script gave a reply that is not in its list: {reply[:1]}")


def load(name: str) -> Script:
    """A script that is not about one job."""
    return Script(_text(name))


def _job_scripts(rules: Rules) -> dict[str, Script]:
    """Each job script, behind the rules and the beginning that they share."""
    constants = asdict(rules) | {"queue_ttl_ms": rules.queue_ttl_s * 1000}
    table = ", ".join(f"{name} = {value}" for name, value in constants.items())
    beginning = f"local rules = {{ {table} }}\n{_text('job')}"
    names = (each.name for each in JobScript.__subclasses__())
    return {name: Script(beginning + _text(name)) for name in names}


def _text(name: str) -> str:
    return (files("ashao.jobs") / "lua" / f"{name}.lua").read_text("utf-8")
