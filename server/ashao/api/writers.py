"""Who wrote an answer, as it is told afterwards to whoever asked: no machine's name."""

from ashao.api.wire import Wire
from ashao.history.written_by import WrittenBy
from ashao.settings import Settings


class Writers(Wire):
    """`kind`, browser, native, cloud or simulation, and `model` are those of whoever wrote the end,
    `machines` is how many gave words."""

    kind: str
    model: str
    machines: int


def shown_writers(written_by: WrittenBy | None, settings: Settings) -> Writers | None:
    """None where nobody knows it, or the operator keeps it."""
    if written_by is None or settings.show_writers == "off":
        return None
    return Writers(kind=written_by.kind, model=written_by.model, machines=written_by.machines)
