"""Fetches a model file from a model hub over the Internet: resumed where it stopped, and taken only
if its content has the hash that the hub names for it.
"""

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx

HUB = "https://huggingface.co"
CHUNK_BYTES = 1 << 20
TIMEOUT_S = 60.0
MAX_REDIRECTS = 5
FOLDER = Path("~/.cache/ashao/models")
SHA256 = re.compile(r'^(?:W/)?"?([0-9a-f]{64})"?$')
NAME = re.compile(r"^[\w-][\w.-]*$", re.ASCII)

type Progress = Callable[[int, int], None]


class HubError(Exception):
    """The file is not to be had; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a model's repository: `owner/name/folders/file.gguf`."""

    repository: str
    path: str

    @classmethod
    def parse(cls, text: str) -> "HubFile":
        """Raises ValueError."""
        parts = text.split("/")
        if len(parts) < 3 or not all(map(NAME.match, parts)) or not text.endswith(".gguf"):
            raise ValueError("must be such as owner/name/file.gguf")
        return cls("/".join(parts[:2]), "/".join(parts[2:]))

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path.rpartition("/")[2]


def fetch_from_hub(file: HubFile, progress: Progress, folder: Path | None = None) -> Path:
    """The file on this machine, fetched unless it was before. Raises HubError.

    `progress` is told bytes done and in all. HF_ENDPOINT names another hub, HF_TOKEN a key for it.
    """
    place = (folder or FOLDER.expanduser()) / file.repository.replace("/", "--")
    token = os.environ.get("HF_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with httpx.Client(
            base_url=os.environ.get("HF_ENDPOINT") or HUB,
            headers=headers | {"Accept-Encoding": "identity"},
            timeout=TIMEOUT_S,
            max_redirects=MAX_REDIRECTS,
        ) as client:
            return _fetch(client, file, place, progress)
    except httpx.HTTPError as error:
        raise HubError(
            f"The hub cannot be reached ({type(error).__name__}): --hf needs the Internet. "
            "What was fetched so far is kept."
        ) from error
    except OSError as error:
        raise HubError(f"{place} cannot be written: {error.strerror}.") from error


def _fetch(client: httpx.Client, file: HubFile, place: Path, progress: Progress) -> Path:
    address = f"/{file.repository}/resolve/main/{file.path}"
    sha256, size = _promised(client.head(address), file)
    whole = place / sha256 / file.name
    if whole.is_file() and whole.stat().st_size == size:
        return whole
    whole.parent.mkdir(parents=True, exist_ok=True)
    part = whole.with_suffix(".part")
    with part.open("ab") as target:
        if target.tell() > size:
            target.truncate(0)
        if target.tell() < size:
            _append(client, address, target, size, progress)
    if part.stat().st_size != size:
        raise HubError("The hub broke off. Start again to go on.")
    with part.open("rb") as made:
        if hashlib.file_digest(made, "sha256").hexdigest() != sha256:
            part.unlink()
            raise HubError(f"{file.name} is not what the hub names: its hash differs.")
    return part.replace(whole)


def _promised(answer: httpx.Response, file: HubFile) -> tuple[str, int]:
    """The hash and the size that the hub names; a redirect to the content says them, too."""
    if answer.status_code in (401, 403, 404):
        raise HubError(f"The hub has no file {file.repository}/{file.path}, or not for everybody.")
    if answer.status_code >= 400:
        raise HubError(f"The hub answers with the status {answer.status_code}.")
    names = answer.headers
    found = SHA256.match(_first(names, "x-linked-etag", "etag"))
    size = _first(names, "x-linked-size", "content-length")
    if found is None or not size.isdecimal():
        raise HubError("The hub names no hash of this file, so it is not fetched.")
    return found[1], int(size)


def _append(
    client: httpx.Client, address: str, target: BinaryIO, size: int, progress: Progress
) -> None:
    begin = target.tell()
    headers = {"Range": f"bytes={begin}-"} if begin else {}
    with client.stream("GET", address, headers=headers, follow_redirects=True) as answer:
        if answer.status_code not in (200, 206):
            raise HubError(f"The hub answers with the status {answer.status_code}.")
        if answer.status_code == 200:  # it does not resume
            target.truncate(0)
        for chunk in answer.iter_raw(CHUNK_BYTES):
            if target.tell() + len(chunk) > size:
                raise HubError("The hub sends more than it promised.")
            target.write(chunk)
            progress(target.tell(), size)


def _first(headers: Mapping[str, str], *names: str) -> str:
    return next((headers[name] for name in names if name in headers), "")
