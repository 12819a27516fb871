"""Every key of the store that is not a job's own. Braces are literal: the Cluster's hash tag."""

WORKERS = "ashao:workers"
WORKING = "ashao:working"
TOTALS = "ashao:totals"
PROBE = "ashao:probe"
API_KEYS = "ashao:keys"


def worker(worker_id: str) -> str:
    """Hash: a registration; expires when its worker stays silent."""
    return f"ashao:worker:{{{worker_id}}}"


def worker_claims(worker_id: str) -> str:
    """Set: ids of the jobs that a worker was handed; a hint, the job's hash is the truth."""
    return f"ashao:worker:{{{worker_id}}}:claims"


def worker_generation(worker_id: str) -> str:
    """Counter: how often a worker said goodbye; its claim calls from before that are over."""
    return f"ashao:worker:{{{worker_id}}}:goodbyes"


def speeds(kind: str, model: str) -> str:
    """List: tokens per second of the latest answers of a build."""
    return f"ashao:speeds:{{{kind}:{model}}}"


def session(token_digest: str) -> str:
    """String: the owner that a browser's session cookie stands for."""
    return f"ashao:session:{{{token_digest}}}"


def idempotency(owner_digest: str, key_digest: str) -> str:
    """String: what an Idempotency-Key of one owner has led to; it outlives deleted accounts."""
    return f"ashao:idempotency:{{{owner_digest}}}:{key_digest}"


def rate(what: str, who: str) -> str:
    """Hash: the latest window of time in which somebody did something, and how often."""
    return f"ashao:rate:{{{what}:{who}}}"


def worker_payee(worker_id: str) -> str:
    """String: the owner whom a worker earns for."""
    return f"ashao:worker:{{{worker_id}}}:earner"


def workers_of(owner_id: str) -> str:
    """Set: the workers that earn for an owner, to be forgotten with it."""
    return f"ashao:workers:{{{owner_id}}}"


def challenge(challenge_id: str) -> str:
    """String: what a sign-in in progress must prove."""
    return f"ashao:challenge:{{{challenge_id}}}"


def worker_failures(worker_id: str) -> str:
    """Counter: answers that a worker failed in a row."""
    return f"ashao:worker:{{{worker_id}}}:failures"


def worker_failed_at(worker_id: str) -> str:
    """String: when a worker failed last, in ms; what it began before that broke with it."""
    return f"ashao:worker:{{{worker_id}}}:failedAt"


def worker_rest(worker_id: str) -> str:
    """String that lives as long as a worker must rest after its failures."""
    return f"ashao:worker:{{{worker_id}}}:rest"


def api_key(key_id: str) -> str:
    """Hash: what an API key may do, with the digest of its secret; until it is revoked."""
    return f"ashao:key:{{{key_id}}}"


def api_key_used(key_id: str) -> str:
    """String: when an API key was last used."""
    return f"ashao:key:{{{key_id}}}:used"


def api_keys_of(owner_id: str) -> str:
    """Set: the ids of the API keys that an account made."""
    return f"ashao:keys:{{{owner_id}}}"


def in_flight(owner_digest: str) -> str:
    """Sorted set: an owner's jobs that have not ended, by when they were sent."""
    return f"ashao:inflight:{{{owner_digest}}}"
