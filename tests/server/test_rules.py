"""What an operator sets about a job's life is what its scripts go by."""

import pytest

from ashao.jobs.store import Rules
from ashao.services import rules_of
from ashao.settings import Settings

SET = ["lease_ms", "first_token_ms", "thinking_ms", "max_attempts", "stream_ttl_s", "queue_ttl_s"]


@pytest.mark.parametrize("name", SET)
def test_a_time_that_is_set_is_a_rule(name: str) -> None:
    variable = f"ASHAO_{name.upper()}"
    changed = rules_of(
        Settings.from_environment({variable: "77" if name == "max_attempts" else "777"})
    )
    assert getattr(changed, name) != getattr(Rules(), name)
    assert rules_of(Settings()) == Rules()
