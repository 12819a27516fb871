"""Brotli and gzip siblings of every file that is served, each compressed only once."""

import gzip
import os
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import brotli

from cache import digest, kept

SUFFIXES = (".br", ".gz")
# Above this, brotli's best takes minutes to save a sixth; only older browsers fetch such a file.
LARGE_BYTES = 12 << 20


def precompress(paths: Iterable[Path]) -> None:
    """Write path.br and path.gz beside each path; the largest go first, as they take longest."""
    largest_first = sorted(paths, key=lambda path: path.stat().st_size, reverse=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(_compress, largest_first))


def drop_compressed(paths: Iterable[Path]) -> None:
    """Remove those siblings, before the paths become something else."""
    for path in paths:
        for suffix in SUFFIXES:
            Path(f"{path}{suffix}").unlink(missing_ok=True)


def _compress(path: Path) -> None:
    content = path.read_bytes()
    key = digest(content)
    shutil.copyfile(kept("br", key, lambda made: _write_brotli(made, content)), f"{path}.br")
    shutil.copyfile(kept("gz", key, lambda made: _write_gzip(made, content)), f"{path}.gz")


def _write_brotli(made: Path, content: bytes) -> None:
    quality = 9 if len(content) > LARGE_BYTES else 11
    made.write_bytes(brotli.compress(content, quality=quality))


def _write_gzip(made: Path, content: bytes) -> None:
    made.write_bytes(gzip.compress(content, compresslevel=9, mtime=0))
