"""Every setting: the environment variable, its type, its default and what it means.

`ashao serve --help` prints this table, and README.md points to it. Values are read once, at
start, by `Settings.from_environment`; nothing else reads the environment.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any


class BadSetting(ValueError):
    """A variable does not parse; the text names it and never repeats a secret."""


def _setting(
    variable: str,
    default: Any,
    meaning: str,
    *,
    secret: bool = False,
    one_of: tuple[str, ...] = (),
    some_of: tuple[str, ...] = (),
) -> Any:
    """One documented field; `secret` keeps its value out of repr and logs.

    `one_of` are the words that it may be, `some_of` those that it may list, by comma.
    """
    metadata = {"variable": variable, "meaning": meaning, "one_of": one_of, "some_of": some_of}
    return field(default=default, repr=not secret, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this process runs. Times end in their unit."""

    host: str = _setting("ASHAO_HOST", "127.0.0.1", "address to listen on")
    port: int = _setting("ASHAO_PORT", 8000, "port to listen on; 0 picks a free one")
    public_url: str = _setting(
        "ASHAO_PUBLIC_URL", "", "origin that people see, such as https://chat.example.org"
    )
    trusted_proxies: str = _setting(
        "ASHAO_TRUSTED_PROXIES", "", "addresses whose X-Forwarded-For is believed, by comma"
    )
    data_dir: Path = _setting("ASHAO_DATA_DIR", Path(".ashao"), "where the embedded stores live")
    redis_url: str = _setting(
        "ASHAO_REDIS_URL",
        "",
        "redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://; "
        "empty: an embedded Valkey in the data directory",
        secret=True,
    )
    database_url: str = _setting(
        "ASHAO_DATABASE_URL",
        "",
        "postgresql://...; empty: SQLite in the data directory",
        secret=True,
    )
    models_dir: str = _setting(
        "ASHAO_MODELS_DIR", "", "folder of mirrored WebLLM models, one folder each"
    )
    log_level: str = _setting("ASHAO_LOG_LEVEL", "info", "debug, info, warning or error")

    worker_grace_ms: int = _setting(
        "ASHAO_WORKER_GRACE_MS", 4000, "how long a job waits for a worker before a provider"
    )
    lease_ms: int = _setting(
        "ASHAO_LEASE_MS", 15000, "how long a claim lives without a sign of life"
    )
    first_token_ms: int = _setting(
        "ASHAO_FIRST_TOKEN_MS", 30000, "how long a claim may take to its first token"
    )
    max_attempts: int = _setting(
        "ASHAO_MAX_ATTEMPTS", 3, "worker attempts before only a provider may go on"
    )
    stream_ttl_s: int = _setting(
        "ASHAO_STREAM_TTL_S", 120, "how long an ended job's events stay readable"
    )
    queue_ttl_s: int = _setting(
        "ASHAO_QUEUE_TTL_S", 300, "how long a job may wait when nobody can serve it"
    )
    drain_s: int = _setting(
        "ASHAO_DRAIN_S",
        20,
        "how long open streams, and answers to programs, may go on after SIGTERM",
    )
    sends_per_minute: int = _setting(
        "ASHAO_SENDS_PER_MINUTE", 120, "sends a minute per address, and registrations"
    )
    in_flight: int = _setting(
        "ASHAO_IN_FLIGHT", 20, "answers that one account or key may wait for at a time"
    )
    in_flight_anonymous: int = _setting(
        "ASHAO_IN_FLIGHT_ANONYMOUS", 10, "the same for a visitor who has not signed in"
    )
    sign_ins_per_minute: int = _setting(
        "ASHAO_SIGN_INS_PER_MINUTE", 30, "steps of signing in a minute per address"
    )

    credits_sign_up: int = _setting("ASHAO_CREDITS_SIGN_UP", 500, "credits that a new account gets")
    price_pro: int = _setting("ASHAO_PRICE_PRO", 10, "credits for a message in the tier pro")
    price_max: int = _setting("ASHAO_PRICE_MAX", 15, "credits for a message in the tier max")
    worker_share_percent: int = _setting(
        "ASHAO_WORKER_SHARE_PERCENT", 70, "part of a price that the workers of an answer earn"
    )
    pool_hourly_cap: int = _setting(
        "ASHAO_POOL_HOURLY_CAP", 5000, "credits an hour with which the community pool pays workers"
    )

    hedge_ms: int = _setting(
        "ASHAO_HEDGE_MS",
        0,
        "how late a worker's first token may be before a provider begins too; 0: never",
    )
    hedge_share_percent: int = _setting(
        "ASHAO_HEDGE_SHARE_PERCENT", 10, "the share of claims that may be hedged, at most"
    )

    providers: str = _setting(
        "ASHAO_PROVIDERS",
        "gemini,openai",
        "the providers that may be used, by comma, the first to be asked first",
        some_of=("gemini", "openai"),
    )
    provider_requests_per_hour: int = _setting(
        "ASHAO_PROVIDER_REQUESTS_PER_HOUR", 0, "for each provider and process; 0: no limit"
    )
    gemini_api_key: str = _setting(
        "GEMINI_API_KEY", "", "switches the Gemini provider on", secret=True
    )
    gemini_model: str = _setting("ASHAO_GEMINI_MODEL", "gemini-2.5-flash", "Gemini model")
    gemini_base_url: str = _setting("ASHAO_GEMINI_BASE_URL", "", "other address for Gemini")
    openai_base_url: str = _setting(
        "ASHAO_OPENAI_BASE_URL", "", "switches an OpenAI-compatible provider on"
    )
    openai_api_key: str = _setting("ASHAO_OPENAI_API_KEY", "", "its key, if any", secret=True)
    openai_model: str = _setting("ASHAO_OPENAI_MODEL", "", "its model")
    openai_prefill: str = _setting(
        "ASHAO_OPENAI_PREFILL",
        "instruct",
        "how it continues an answer: instruct (asked in words), last-message (Ollama, llama.cpp) "
        "or vllm",
        one_of=("instruct", "last-message", "vllm"),
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read every variable that is set; raises BadSetting naming the one that does not parse."""
        values: dict[str, Any] = {
            each.name: _parsed(each.metadata, each.default, text)
            for each in fields(cls)
            if (text := environment.get(each.metadata["variable"])) is not None
        }
        return cls(**values)

    @property
    def is_secure(self) -> bool:
        """Whether people reach us over TLS, so that cookies must be Secure."""
        return self.public_url.startswith("https://")


def _parsed(about: Mapping[str, Any], default: object, text: str) -> object:
    """The text as the default's type."""
    variable = about["variable"]
    if about["one_of"] and text not in about["one_of"]:
        raise BadSetting(f"{variable} must be one of {', '.join(about['one_of'])}.")
    if about["some_of"] and not set(listed(text)) <= set(about["some_of"]):
        raise BadSetting(f"{variable} may list {', '.join(about['some_of'])}.")
    if isinstance(default, Path):
        return Path(text)
    if isinstance(default, int):
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise BadSetting(f"{variable} must be a whole number, not {text!r}.")
        return int(text)
    return text


def listed(text: str) -> list[str]:
    """The words of a list by comma."""
    return [word for each in text.split(",") if (word := each.strip())]


def documented_settings() -> list[tuple[str, str, str]]:
    """Variable, default and meaning of every setting, in order."""
    return [
        (
            each.metadata["variable"],
            "" if each.default is MISSING else str(each.default),
            each.metadata["meaning"],
        )
        for each in fields(Settings)
    ]
