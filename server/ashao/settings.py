"""Every setting: the environment variable, its type, its default and what it means.

`ashao serve --help` prints this table, and README.md points to it. Values are read once, at
start, by `Settings.from_environment`; nothing else reads the environment.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, cast

from ashao.addresses import host_of, networks_in
from ashao.variable import begins, parsed, setting, whole

LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this process runs. Times end in their unit."""

    host: str = setting("ASHAO_HOST", "127.0.0.1", "address to listen on")
    port: int = whole("ASHAO_PORT", 8000, "port to listen on; 0 picks a free one", (0, 65_535))
    public_url: str = setting(
        "ASHAO_PUBLIC_URL",
        "",
        "origin that people see, such as https://chat.example.org",
        check=host_of,
    )
    trusted_proxies: str = setting(
        "ASHAO_TRUSTED_PROXIES",
        "",
        "addresses and networks whose X-Forwarded-For is believed, by comma",
        check=networks_in,
    )
    data_dir: Path = setting("ASHAO_DATA_DIR", Path(".ashao"), "where the embedded stores live")
    redis_url: str = setting(
        "ASHAO_REDIS_URL",
        "",
        "redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://host:port,host:port; "
        "empty: an embedded Valkey in the data directory",
        secret=True,
        check=begins("redis", "rediss", "unix", "redis+sentinel", "redis+cluster"),
    )
    database_url: str = setting(
        "ASHAO_DATABASE_URL",
        "",
        "postgresql://...; empty: SQLite in the data directory",
        secret=True,
        check=begins("postgresql", "postgres", "postgresql+asyncpg"),
    )
    metrics_token: str = setting(
        "ASHAO_METRICS_TOKEN",
        "",
        "bearer token that /metrics asks for; empty: it answers this machine only",
        secret=True,
    )
    models_dir: str = setting(
        "ASHAO_MODELS_DIR", "", "folder of mirrored models: GGUF files, and WebLLM's folders"
    )
    log_level: str = setting(
        "ASHAO_LOG_LEVEL", "info", "debug, info, warning or error", one_of=LOG_LEVELS
    )

    worker_grace_ms: int = whole(
        "ASHAO_WORKER_GRACE_MS",
        4000,
        "how long a job waits for a worker before a provider",
        (0, 3_600_000),
    )
    lease_ms: int = whole(
        "ASHAO_LEASE_MS", 15000, "how long a claim lives without a sign of life", (300, 3_600_000)
    )
    first_token_ms: int = whole(
        "ASHAO_FIRST_TOKEN_MS",
        30000,
        "how long a claim may take to its first token",
        (300, 3_600_000),
    )
    thinking_ms: int = whole(
        "ASHAO_THINKING_MS",
        300_000,
        "how long all workers of a job together may be silent, or think, before their first word",
        (300, 86_400_000),
    )
    max_attempts: int = whole(
        "ASHAO_MAX_ATTEMPTS", 3, "worker attempts before only a provider may go on", (1, 100)
    )
    stream_ttl_s: int = whole(
        "ASHAO_STREAM_TTL_S", 120, "how long an ended job's events stay readable", (1, 86_400)
    )
    queue_ttl_s: int = whole(
        "ASHAO_QUEUE_TTL_S", 300, "how long a job may wait when nobody can serve it", (1, 86_400)
    )
    drain_s: int = whole(
        "ASHAO_DRAIN_S",
        20,
        "how long open streams, and answers to programs, may go on after SIGTERM",
        (0, 3_600),
    )
    sends_per_minute: int = whole(
        "ASHAO_SENDS_PER_MINUTE",
        120,
        "sends a minute per address, and registrations",
        (1, 1_000_000),
    )
    in_flight: int = whole(
        "ASHAO_IN_FLIGHT",
        20,
        "answers that one account or key may wait for at a time",
        (1, 1_000_000),
    )
    in_flight_anonymous: int = whole(
        "ASHAO_IN_FLIGHT_ANONYMOUS",
        10,
        "the same for a visitor who has not signed in",
        (1, 1_000_000),
    )
    streams: int = whole(
        "ASHAO_STREAMS",
        40,
        "streams that one account or visitor may have open at a time, in each process",
        (1, 1_000_000),
    )
    connections_per_address: int = whole(
        "ASHAO_CONNECTIONS_PER_ADDRESS",
        256,
        "connections that one address may have open at a time, in each process; "
        "not for trusted proxies and this machine",
        (1, 1_000_000),
    )
    sign_ins_per_minute: int = whole(
        "ASHAO_SIGN_INS_PER_MINUTE",
        30,
        "steps of signing in a minute per address, and tries of one wallet, passkey or code",
        (1, 1_000_000),
    )

    credits_sign_up: int = whole(
        "ASHAO_CREDITS_SIGN_UP", 500, "credits that a new account gets", (0, 1_000_000)
    )
    price_pro: int = whole(
        "ASHAO_PRICE_PRO", 10, "credits for a message in the tier pro", (0, 1_000_000)
    )
    price_max: int = whole(
        "ASHAO_PRICE_MAX", 15, "credits for a message in the tier max", (0, 1_000_000)
    )
    worker_share_percent: int = whole(
        "ASHAO_WORKER_SHARE_PERCENT",
        70,
        "part of a price that the workers of an answer earn",
        (0, 100),
    )
    pool_hourly_cap: int = whole(
        "ASHAO_POOL_HOURLY_CAP",
        5000,
        "credits an hour with which the community pool pays workers",
        (0, 1_000_000_000),
    )

    trusted_accounts: str = setting(
        "ASHAO_TRUSTED_ACCOUNTS",
        "",
        "ids of the operator's own accounts, by comma: their workers' word on a question is final",
    )
    hedge_ms: int = whole(
        "ASHAO_HEDGE_MS",
        0,
        "how late a worker's first token may be before a provider begins too; 0: never",
        (0, 3_600_000),
    )
    hedge_share_percent: int = whole(
        "ASHAO_HEDGE_SHARE_PERCENT", 10, "the share of claims that may be hedged, at most", (0, 100)
    )

    providers: str = setting(
        "ASHAO_PROVIDERS",
        "gemini,openai",
        "the providers that may be used, by comma, the first to be asked first",
        some_of=("gemini", "openai"),
    )
    simulate_v1: str = setting(
        "ASHAO_SIMULATE_V1",
        "off",
        "whether programs may be answered by the simulation, as people are, where there is no "
        "provider: off or on",
        one_of=("off", "on"),
    )
    show_writers: str = setting(
        "ASHAO_SHOW_WRITERS",
        "on",
        "whether an answer tells its kind of machine, model and number of machines: off or on",
        one_of=("off", "on"),
    )
    provider_requests_per_hour: int = whole(
        "ASHAO_PROVIDER_REQUESTS_PER_HOUR",
        0,
        "for each provider and process; 0: no limit",
        (0, 1_000_000_000),
    )
    gemini_api_key: str = setting(
        "GEMINI_API_KEY", "", "switches the Gemini provider on", secret=True
    )
    gemini_model: str = setting("ASHAO_GEMINI_MODEL", "gemini-2.5-flash", "Gemini model")
    gemini_base_url: str = setting("ASHAO_GEMINI_BASE_URL", "", "other address for Gemini")
    openai_base_url: str = setting(
        "ASHAO_OPENAI_BASE_URL", "", "switches an OpenAI-compatible provider on"
    )
    openai_api_key: str = setting("ASHAO_OPENAI_API_KEY", "", "its key, if any", secret=True)
    openai_model: str = setting("ASHAO_OPENAI_MODEL", "", "its model")
    openai_prefill: str = setting(
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
            each.name: parsed(each.metadata, each.default, text)
            for each in fields(cls)
            if (text := environment.get(each.metadata["variable"])) is not None
        }
        return cls(**values)

    @property
    def is_secure(self) -> bool:
        """Whether people reach us over TLS, so that cookies must be Secure."""
        return self.public_url.startswith("https://")


def range_of(field_name: str) -> tuple[int, int]:
    """The least and the most that a number among the settings may be."""
    about = {each.name: each.metadata for each in fields(Settings)}
    return cast("tuple[int, int]", about[field_name]["range"])


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
