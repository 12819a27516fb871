"""The wire contract is other people's: it changes on purpose only, in `openapi.json`."""

import json
from pathlib import Path
from typing import Any

import httpx

from tests.support.orchestrator import Orchestrator

GOLDEN = Path(__file__).parent / "openapi.json"


def test_the_document_is_the_one_that_was_agreed_on(server: Orchestrator) -> None:
    """Up to the names of components, which are nobody's but ours.

    After a change that was decided on, write the served document over the golden file.
    """
    served = httpx.get(f"{server.url}/schema/openapi.json", timeout=60).json()
    agreed = json.loads(GOLDEN.read_text())
    assert _without_names(served) == _without_names(agreed)


def _without_names(document: dict[str, Any]) -> Any:
    """The operations, with each component in the place where it is named."""
    schemas = document["components"]["schemas"]

    def inlined(value: Any) -> Any:
        match value:
            case {"$ref": str(reference), **rest}:
                return inlined(schemas[reference.rpartition("/")[2]] | rest)
            case dict():
                # Litestar titles a component after its class.
                return {
                    name: inlined(each)
                    for name, each in value.items()
                    if not (name == "title" and isinstance(each, str) and each in schemas)
                }
            case list():
                return [inlined(each) for each in value]
        return value

    return inlined(document["paths"])
