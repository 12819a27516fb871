"""The tools of which an answer must be calls, as a claim names them."""

from collections.abc import Mapping

from ashao_text.tools.description import Tool, Tools
from ashao_worker.core.reader import Reader


def tools_from(found: Mapping[str, object] | None) -> Tools | None:
    """Read them; None where the answer is free. Raises MalformedReply."""
    if found is None:
        return None
    read = Reader(found)
    functions = [
        Tool(each.text("name"), parameters=each.mapping("parameters") or {})
        for each in map(Reader, read.items("functions"))
    ]
    return Tools(functions, several=read.optional("several") is True, required=True)
