"""Every key and channel of jobs. Braces are the Redis Cluster hash tag: one job, one slot."""

from zlib import crc32

from ashao.jobs.job import JobId, Tier

SHARDS = range(16)


def queue(tier: Tier) -> str:
    """List of ids of queued jobs: in at the left, out at the right."""
    return f"ashao:queue:{{{tier}}}"


def low_priority(tier: Tier) -> str:
    """List of ids that are popped when the queue is empty: more jobs of those who have many."""
    return f"{queue(tier)}:later"


def parked(tier: Tier, model: str, size: int, abilities: str = "") -> str:
    """List of ids that wait for workers with a model, a context of at least `size` tokens, and
    abilities."""
    return f"{queue(tier)}:{size}{abilities and f'+{abilities}'}:{model}"


def durations(tier: Tier) -> str:
    """List: which worker took how long for the last answers; expires when none come."""
    return f"ashao:pace:{{{tier}}}"


def job(job_id: JobId) -> str:
    """Hash: the truth about one job."""
    return f"ashao:job:{{{job_id}}}"


def messages(job_id: JobId) -> str:
    """String: the messages to continue, as JSON, until the job ends."""
    return f"ashao:job:{{{job_id}}}:messages"


def log(job_id: JobId) -> str:
    """List: the stored events; the index is the seq."""
    return f"ashao:job:{{{job_id}}}:log"


def channel(job_id: JobId) -> str:
    """Channel on which the events are published."""
    return f"ashao:job:{{{job_id}}}:tokens"


def deadlines(shard: int) -> str:
    """Sorted set: job id -> when to look at it again, in epoch ms."""
    return f"ashao:deadlines:{{{shard}}}"


def shard_of(job_id: JobId) -> int:
    """Which of the SHARDS keeps the job's deadline."""
    return crc32(job_id.encode()) % len(SHARDS)
