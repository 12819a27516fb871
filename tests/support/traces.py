"""Searches all that a server with an embedded store keeps, for traces that should not be there."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from redis import Redis

from ashao.store.embedded import EmbeddedStore


def places_of(data: Path) -> dict[str, bytes]:
    """All that the files and the store hold, by where it is."""
    places = {
        str(file): file.read_bytes()
        for file in data.rglob("*")
        if file.is_file() and not file.is_socket()
    }
    socket = EmbeddedStore(data).socket
    with Redis(unix_socket_path=str(socket), decode_responses=True) as store:
        for name in store.scan_iter("*"):
            places[name] = f"{name} {value_of(store, name)}".encode()
    return places


def found_in(places: Mapping[str, bytes], traces: Sequence[str]) -> list[str]:
    """Which of the traces are there, and where."""
    return [
        f"{trace} in {place}"
        for trace in traces
        for place, content in places.items()
        if trace.encode() in content
    ]


def value_of(store: Redis, name: str) -> object:
    """What a key holds, of whatever type."""
    match store.type(name):
        case "hash":
            return store.hgetall(name)
        case "set":
            return store.smembers(name)
        case "zset":
            return store.zrange(name, 0, -1)
        case "list":
            return store.lrange(name, 0, -1)
        case "string":
            return store.get(name)
    return None
