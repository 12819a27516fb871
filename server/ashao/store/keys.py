"""Every key of the store that is not a job's own. Braces are literal: the Cluster's hash tag."""

WORKERS = "ashao:workers"
WORKING = "ashao:working"
TOTALS = "ashao:totals"
PROBE = "ashao:probe"


def worker(worker_id: str) -> str:
    """Hash: a registration; expires when its worker stays silent."""
    return f"ashao:worker:{{{worker_id}}}"


def worker_claims(worker_id: str) -> str:
    """Set: ids of the jobs that a worker was handed; a hint, the job's hash is the truth."""
    return f"ashao:worker:{{{worker_id}}}:claims"


def session(token_digest: str) -> str:
    """String: the owner that a browser's session cookie stands for."""
    return f"ashao:session:{{{token_digest}}}"


def idempotency(owner_id: str, key_digest: str) -> str:
    """String: what an Idempotency-Key of one owner has led to."""
    return f"ashao:idempotency:{{{owner_id}}}:{key_digest}"


def rate(what: str, who: str, window: int) -> str:
    """Counter: how often somebody did something in one window of time."""
    return f"ashao:rate:{{{what}:{who}}}:{window}"


def challenge(challenge_id: str) -> str:
    """String: what a sign-in in progress must prove."""
    return f"ashao:challenge:{{{challenge_id}}}"
