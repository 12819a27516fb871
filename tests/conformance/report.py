"""The table of docs/conformance.md: a row for each feature, a column for each client."""

from pathlib import Path

PAGE = Path(__file__).parent.parent.parent / "docs" / "conformance.md"
FEATURES = (
    "plain chat",
    "streaming",
    "system prompt",
    "JSON object",
    "JSON schema",
    "tools, auto",
    "tools, required",
    "tools, named",
    "tool's result",
    "streamed tool call",
    "completions",
    "responses",
    "responses, streamed",
    "responses, JSON schema",
    "responses, tools",
    "messages",
    "messages, streamed",
    "models",
)
HEAD = """# Which clients work

Real clients, as their registries have them, against a served ashao: `make conformance` runs them
all and writes this page; nothing here is written by hand. Each Python client has an environment of
its own; none is changed, and none knows of ashao but by its URL and key. The model is a scripted
worker that always answers well, so a cell is about the wire and not about a model.

- **works**: the reply was what was asked for. What the `openai` and `anthropic` packages of Python
  make of it is also validated, strictly, against their own types, event by event. Other clients
  validate as they do, and the values that they hand over are compared; Node's `openai` has types
  for the compiler only.
- **refused: field**: an error that names the field, as [api.md](api.md) promises.
- **fails: why**: anything else.
- An empty cell: the client has no such call, or it is not tried.

"""


class Report:
    """What was seen, by client and feature."""

    def __init__(self) -> None:
        self._columns: dict[str, dict[str, str]] = {}

    def add(self, client: str, version: str, cells: dict[str, str]) -> None:
        """A column."""
        assert set(cells) <= set(FEATURES), set(cells) - set(FEATURES)
        escaped = {feature: cell.replace("|", "/") for feature, cell in cells.items()}
        self._columns[f"{client} {version}"] = escaped

    def page(self) -> str:
        """The whole page."""
        columns = self._columns.values()
        rows = [["feature", *self._columns], ["---"] * (len(columns) + 1)]
        rows += [[name, *(each.get(name, "") for each in columns)] for name in FEATURES]
        return HEAD + "".join("| " + " | ".join(row) + " |\n" for row in rows)

    def write(self) -> None:
        """Put the page in its place."""
        PAGE.write_text(self.page())
        print(f"conformance: {PAGE.name} is written")


def reported(client: str) -> dict[str, str]:
    """The cells of this client, of whatever version, in the page as it is."""
    table = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    head, _, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table]
    (column,) = [at for at, name in enumerate(head) if name.rpartition(" ")[0] == client]
    return {row[0]: row[column] for row in rows if row[column]}
