"""A wheel has the pages in it, or is not built; an editable one finds them once they are there."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGE = Path("server/ashao/site/built/index.html")


class PagesHook(BuildHookInterface[Any]):
    """Asked by hatchling before it packs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Refuse to pack a server without its pages. Raises FileNotFoundError."""
        if version != "editable" and not (Path(self.root) / PAGE).is_file():
            raise FileNotFoundError(
                f"The pages are not built ({PAGE}): run build/bundle.py, or `make serve`, first."
            )
