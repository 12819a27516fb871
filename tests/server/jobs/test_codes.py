"""Whose fault a failure is, said by its code."""

from ashao.jobs.codes import EndCode, FailCode


def test_a_job_at_fault_is_at_fault_however_it_is_told() -> None:
    at_fault = {code.value for code in FailCode if code.is_jobs_fault}
    assert at_fault == {"context_too_long", "bad_request", "refused"}
    assert {end.value for end in EndCode if end.is_jobs_fault} == at_fault


def test_a_word_that_is_no_code_is_the_engines_error() -> None:
    assert FailCode.of("refused") is FailCode.REFUSED
    assert FailCode.of("anything else") is FailCode.ENGINE
