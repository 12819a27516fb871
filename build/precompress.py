"""Brotli and gzip siblings of every file that is served for ever, each compressed only once."""

import gzip
import os
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import brotli

from cache import digest, kept


def precompress(paths: Iterable[Path]) -> None:
    """Write path.br and path.gz beside each path; the largest go first, as they take longest."""
    largest_first = sorted(paths, key=lambda path: path.stat().st_size, reverse=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(_compress, largest_first))


def _compress(path: Path) -> None:
    content = path.read_bytes()
    key = digest(content)
    shutil.copyfile(kept("br", key, lambda made: _write_brotli(made, content)), f"{path}.br")
    shutil.copyfile(kept("gz", key, lambda made: _write_gzip(made, content)), f"{path}.gz")


def _write_brotli(made: Path, content: bytes) -> None:
    made.write_bytes(brotli.compress(content, quality=11))


def _write_gzip(made: Path, content: bytes) -> None:
    made.write_bytes(gzip.compress(content, compresslevel=9, mtime=0))
