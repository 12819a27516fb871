"""Finds keys that would stay in the store for ever."""

from fnmatch import fnmatch

from redis import Redis

from ashao.jobs import deadlines, keys
from ashao.jobs.job import JobId

PERMANENT = (
    "ashao:queue:{*}",
    "ashao:queue:{*}:later",
    "ashao:deadlines:{*}",
    "ashao:secret*",
    "ashao:workers",
    "ashao:working",
    "ashao:totals",
    "ashao:probe",
    "ashao:keys",
    "ashao:keys:{*}",
    "ashao:key:{*}",
)


def leaked_keys(redis: Redis) -> list[str]:
    """Every `ashao:*` key that is not permanent, never expires and that no deadline guards."""
    return [
        key
        for key in sorted(redis.scan_iter("ashao:*"))
        if not any(fnmatch(key, pattern) for pattern in PERMANENT)
        and redis.ttl(key) == -1
        and not _is_guarded(redis, key)
    ]


def _is_guarded(redis: Redis, key: str) -> bool:
    """Whether the sweeper will come to this job."""
    if not key.startswith("ashao:job:{"):
        return False
    job_id = JobId(key.split("{")[1].split("}")[0])
    shard = keys.deadlines(keys.shard_of(job_id))
    return any(
        redis.zscore(shard, member) is not None for member in (job_id, deadlines.MISSING + job_id)
    )
