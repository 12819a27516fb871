"""A damaged file of the embedded store: it starts with what came before, and says what it lost."""

import os
import signal
from contextlib import aclosing
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from ashao.errors import StoreUnavailable
from ashao.store.append_only import FOLDER, MANIFEST, copies, whole_until
from ashao.store.embedded import EmbeddedStore
from ashao.store.redis import connect
from tests.server.store.test_embedded import server_pid
from tests.support.wait import wait_until

KNOWN = {b"select", b"rpush", b"set", b"multi", b"exec"}
COUNT = 40


def _command(*words: object) -> bytes:
    parts = [str(word).encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)


def _steps() -> list[bytes]:
    """What is one step for the server: a command, or a transaction of two."""
    steps = [_command("SELECT", 0)]
    for number in range(COUNT):
        push = _command("RPUSH", "numbers", f"{number}\r\n*1")
        pair = [_command("MULTI"), push, _command("SET", "last", number), _command("EXEC")]
        steps.append(b"".join(pair) if number % 3 == 0 else push)
    return steps


STEPS = _steps()
CONTENT = b"".join(STEPS)
ENDS = [len(b"".join(STEPS[: index + 1])) for index in range(len(STEPS))]
PLACES = st.integers(0, len(CONTENT) - 1)


def _steps_before(at: int) -> int:
    return len([end for end in ENDS if end <= at])


def _end_before(at: int) -> int:
    return max([end for end in ENDS if end <= at], default=0)


def test_what_is_whole_stays_whole() -> None:
    assert whole_until(CONTENT, KNOWN) == len(CONTENT)
    assert whole_until(b"#TS:1795725513\r\n" + CONTENT, KNOWN) == len(CONTENT) + 16


@given(PLACES, st.integers(0, 5_000))
def test_a_cut_or_zeros_at_the_end_cost_what_was_not_whole(at: int, zeros: int) -> None:
    assert whole_until(CONTENT[:at] + bytes(zeros), KNOWN) == _end_before(at)


@given(PLACES, st.binary(min_size=1, max_size=30))
def test_wrong_bytes_anywhere_cost_nothing_before_them(at: int, wrong: bytes) -> None:
    damaged = CONTENT[:at] + wrong + CONTENT[at + len(wrong) :]
    assert whole_until(damaged, KNOWN) >= _end_before(at)


@given(st.binary(max_size=200))
def test_anything_at_all_is_read_to_its_end(content: bytes) -> None:
    assert 0 <= whole_until(content, KNOWN) <= len(content)


async def _numbers(data_dir: Path) -> list[int]:
    async with EmbeddedStore(data_dir) as store, aclosing(connect(store.url)) as redis:
        found: list[str] = [str(each) for each in await redis.lrange("numbers", 0, -1)]
    return [int(each.partition("\r")[0]) for each in found]


@pytest.fixture
async def commands(tmp_path: Path) -> Path:
    """The file of commands of a store that is not running, with all the steps in it."""
    async with EmbeddedStore(tmp_path) as store:
        pid = server_pid(store.url)
    await wait_until(lambda: not Path(f"/proc/{pid}").exists(), "the server to stop")
    path = next((tmp_path / "store" / FOLDER).glob("*.incr.aof"))
    path.write_bytes(CONTENT)
    return path


@pytest.mark.sample(4, always=("4 KB of zeros",))
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("damage", ["4 KB of zeros", "half a command", "one flipped bit"])
async def test_a_damaged_file_is_cut_and_what_was_before_is_there(
    damage: str, seed: int, commands: Path, tmp_path: Path
) -> None:
    random = Random(f"{damage} {seed}")
    at = random.randrange(len(CONTENT))
    content = {
        "4 KB of zeros": CONTENT + bytes(4096),
        "half a command": CONTENT[:at],
        "one flipped bit": _flipped(at, random.randrange(8)),
    }[damage]
    whole = len(CONTENT) if damage == "4 KB of zeros" else at
    _write(commands, content)
    with capture_logs() as logs:
        found = await _numbers(tmp_path)
    before = max(0, _steps_before(whole) - 1)
    assert found[:before] == list(range(before))
    kept = copies(tmp_path / "store")
    assert [path.read_bytes() for path in kept] == [content] * len(kept)
    said = [(each["lost_bytes"], each["kept_as"]) for each in logs]
    assert said == [(lost, str(path)) for path, lost in kept.items()]
    if damage == "4 KB of zeros":
        assert (found, [*kept.values()]) == ([*range(COUNT)], [4096])


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _flipped(at: int, bit: int) -> bytes:
    return CONTENT[:at] + bytes([CONTENT[at] ^ (1 << bit)]) + CONTENT[at + 1 :]


@pytest.mark.parametrize("name", ["*.base.rdb", MANIFEST])
async def test_what_cannot_be_mended_is_said_in_one_sentence(
    name: str, commands: Path, tmp_path: Path
) -> None:
    """The store stays as it is, for whoever has a backup."""
    _write(next(commands.parent.glob(name)), bytes(100))
    with pytest.raises(
        StoreUnavailable, match=r"^The embedded store cannot read its files in .*\.$"
    ):
        await _numbers(tmp_path)
    assert CONTENT in [path.read_bytes() for path in commands.parent.iterdir()]
    assert copies(tmp_path / "store") == {}


async def test_a_store_that_is_damaged_under_its_users_is_mended_and_they_say_so(
    tmp_path: Path,
) -> None:
    async with EmbeddedStore(tmp_path) as store, aclosing(connect(store.url)) as redis:
        await redis.set("a", "1")
        with capture_logs() as logs:
            with next((tmp_path / "store" / FOLDER).glob("*.incr.aof")).open("ab") as file:
                file.write(bytes(10))
            os.kill(server_pid(store.url), signal.SIGKILL)
            await wait_until(lambda: any("lost_bytes" in each for each in logs), "a line")
        async with EmbeddedStore(tmp_path):
            assert await redis.get("a") == "1"
