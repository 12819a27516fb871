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
        self._versions: dict[str, str] = {}
        self._cells: dict[tuple[str, str], str] = {}

    def add_client(self, client: str, version: str) -> None:
        """A column."""
        self._versions[client] = version

    def add(self, client: str, feature: str, cell: str) -> None:
        """A cell; a feature that is tried in several ways shows the first that does not work."""
        assert feature in FEATURES, feature
        if self._cells.get((client, feature), "works") == "works":
            self._cells[client, feature] = cell.replace("|", "/")

    def page(self) -> str:
        """The whole page."""
        heads = [f"{client} {version}" for client, version in self._versions.items()]
        rows = [["", *heads], ["---"] * (len(heads) + 1)]
        for feature in FEATURES:
            cells = [self._cells.get((client, feature), "") for client in self._versions]
            rows.append([feature, *cells])
        return HEAD + "".join("| " + " | ".join(row) + " |\n" for row in rows)

    def write(self) -> None:
        """Put the page in its place."""
        PAGE.write_text(self.page())
        print(f"conformance: {PAGE.name} is written")
