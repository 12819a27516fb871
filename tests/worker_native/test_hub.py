"""Files from a model hub: a local one, which speaks its protocol."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from ashao_worker.homes.hub import HubError, HubFile, fetch_from_hub
from tests.worker_native.local_server import Reply, Request, serving

CONTENT = bytes(range(256)) * 9000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FILE = HubFile("ann/tiny-GGUF", "q4/tiny.gguf")
ADDRESS = "/ann/tiny-GGUF/resolve/main/q4/tiny.gguf"


class Hub:
    """Names hash and size, and leads to where the content is; `cut` breaks a download off."""

    def __init__(self, sha256: str = SHA256, cut: int | None = None) -> None:
        self.sha256 = sha256
        self.cut = cut
        self.ranges: list[str] = []

    async def __call__(self, request: Request) -> Reply:
        if request.path == ADDRESS:
            about = {"X-Linked-ETag": f'"{self.sha256}"', "X-Linked-Size": str(len(CONTENT))}
            return Reply(302, headers=about | {"ETag": '"other"', "Location": "/content/7"})
        if request.path != "/content/7":
            return Reply(404)
        asked = request.headers.get("range", "")
        self.ranges.append(asked)
        begin = int(asked.removeprefix("bytes=").rstrip("-") or 0)
        return Reply(206 if asked else 200, CONTENT[begin : self.cut])


async def _fetched(
    hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch, file: HubFile = FILE
) -> tuple[Path, list[int]]:
    seen: list[int] = []
    async with serving(hub) as url:
        monkeypatch.setenv("HF_ENDPOINT", url)
        path = await asyncio.to_thread(
            fetch_from_hub, file, lambda done, total: seen.append(done), folder
        )
    return path, seen


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_file_comes_whole_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub()
    path, seen = await _fetched(hub, tmp_path, monkeypatch)
    assert path.read_bytes() == CONTENT
    assert (path.name, seen[-1]) == ("tiny.gguf", len(CONTENT))
    assert await _fetched(hub, tmp_path, monkeypatch) == (path, [])
    assert hub.ranges == [""]


async def test_a_download_goes_on_where_it_broke_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = Hub(cut=1_500_000)
    with pytest.raises(HubError, match="broke off"):
        await _fetched(hub, tmp_path, monkeypatch)
    hub.cut = None
    path, _ = await _fetched(hub, tmp_path, monkeypatch)
    assert path.read_bytes() == CONTENT
    assert hub.ranges == ["", "bytes=1500000-"]


async def test_another_content_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(HubError, match="its hash differs"):
        await _fetched(Hub(sha256="0" * 64), tmp_path, monkeypatch)
    assert _files(tmp_path) == []


@pytest.mark.parametrize(
    ("hub", "file", "reason"),
    [
        (Hub(), HubFile("ann/tiny-GGUF", "other.gguf"), "has no file"),
        (Hub(sha256="abc"), FILE, "names no hash"),
    ],
    ids=["unknown", "no-hash"],
)
async def test_what_the_hub_does_not_promise_is_not_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hub: Hub, file: HubFile, reason: str
) -> None:
    with pytest.raises(HubError, match=reason):
        await _fetched(hub, tmp_path, monkeypatch, file)
    assert hub.ranges == []


async def test_without_the_internet_it_says_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(HubError, match="needs the Internet"):
        await asyncio.to_thread(fetch_from_hub, FILE, lambda *_: None, tmp_path)


@pytest.mark.parametrize(
    "name", ["tiny.gguf", "a/b/../../c.gguf", "a//c.gguf", "a/b/c.bin", ".a/b/c.gguf"]
)
def test_a_name_leads_out_of_nothing(name: str) -> None:
    with pytest.raises(ValueError, match="owner/name"):
        HubFile.parse(name)
