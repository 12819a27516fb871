"""What a provider's failure means for a job."""

from ashao.jobs.codes import FailCode
from ashao.providers.failures import Failure

FAIL_CODES = {
    Failure.REFUSED: FailCode.REFUSED,
    Failure.BAD_REQUEST: FailCode.BAD_REQUEST,
    Failure.CONTEXT_TOO_LONG: FailCode.CONTEXT_TOO_LONG,
    Failure.TIMEOUT: FailCode.TIMEOUT,
    Failure.BROKEN_STREAM: FailCode.ENGINE,
}


def fail_code_of(failure: Failure, *, is_last: bool) -> FailCode:
    """What one provider cannot take another one may, unless it is what is asked that is refused."""
    if failure.is_requests_fault and failure is not Failure.REFUSED and not is_last:
        return FailCode.UNAVAILABLE
    return FAIL_CODES.get(failure, FailCode.UNAVAILABLE)
