"""What a setting may be: anything else is refused in one line that names it."""

from collections.abc import Iterator
from dataclasses import fields

import pytest

from ashao.cli import main
from ashao.logs import LEVELS
from ashao.settings import LOG_LEVELS, Settings
from ashao.variable import BadSetting

NUMBERS = [each for each in fields(Settings) if isinstance(each.default, int)]
NO_NUMBERS = ("", "-1", "1.5", "1e3", "\u0663", "\u00b2", "0x10", "seven\nlines", "9" * 50)


def _wrong() -> Iterator[tuple[str, str, str]]:
    for each in NUMBERS:
        least, most = each.metadata["range"]
        for text in (str(least - 1), str(most + 1), *NO_NUMBERS):
            yield each.metadata["variable"], text, f"from {least} to {most}"


@pytest.mark.parametrize(("variable", "text", "allowed"), list(_wrong()))
def test_a_number_that_cannot_be_is_refused_in_one_line(
    variable: str, text: str, allowed: str
) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment({variable: text})
    sentence = str(refused.value)
    assert sentence.startswith(f"{variable} must be a whole number {allowed}, not ")
    assert "\n" not in sentence
    assert len(sentence) < 200


@pytest.mark.parametrize("each", NUMBERS, ids=lambda each: str(each.metadata["variable"]))
def test_the_ends_of_every_range_and_its_default_are_allowed(each: object) -> None:
    assert each in NUMBERS
    [field] = [known for known in NUMBERS if known is each]
    for number in (*field.metadata["range"], field.default):
        settings = Settings.from_environment({field.metadata["variable"]: str(number)})
        assert getattr(settings, field.name) == number


def test_a_log_level_is_a_word_in_any_case() -> None:
    assert tuple(LEVELS) == LOG_LEVELS
    assert Settings.from_environment({"ASHAO_LOG_LEVEL": "DEBUG"}).log_level == "debug"
    with pytest.raises(BadSetting, match="ASHAO_LOG_LEVEL must be one of debug, info"):
        Settings.from_environment({"ASHAO_LOG_LEVEL": "loud"})


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["serve", "--port", "99999"], "--port must be a whole number from 0 to 65535"),
        (["serve", "--port", "-1"], "--port must be a whole number from 0 to 65535"),
        (["serve", "--workers", "0"], "--workers must be a whole number from 1 to"),
        (["serve", "--workers", "many"], "--workers must be a whole number from 1 to"),
        (["serve", "--dev", "--workers", "2"], "--dev is for one process"),
    ],
)
def test_a_flag_that_cannot_be_is_refused_before_anything_starts(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert refused.value.code == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("variable", "text"),
    [(each.metadata["variable"], "-1") for each in NUMBERS] + [("ASHAO_LOG_LEVEL", "loud")],
)
def test_every_command_that_reads_settings_refuses_them_alike(
    variable: str,
    text: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, text)
    for arguments in (["serve"], ["keys", "list"]):
        with pytest.raises(SystemExit) as refused:
            main(arguments)
        assert refused.value.code == 2 or variable in str(refused.value.code)
        said = capsys.readouterr().err + str(refused.value.code)
        assert variable in said
        assert "Traceback" not in said
