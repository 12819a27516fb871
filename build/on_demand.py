"""What a page loads only when an answer needs it: the languages' colours, and TeX's formulas."""

import re
import tempfile
from pathlib import Path

from cache import digest, kept
from javascript import esbuild, shared_inputs
from node import PACKAGES, package_version

LOWLIGHT = PACKAGES / "lowlight" / "index.js"
KATEX = PACKAGES / "katex" / "dist"
OLD_FONTS = re.compile(r",url\([\w./-]+\.(?:woff|ttf)\) format\(\"\w+\"\)")


def on_demand(*, minify: bool) -> Path:
    """A folder with highlight.js, math.js, and math.css with its fonts."""
    versions = map(package_version, ("lowlight", "katex"))
    key = digest("on demand", *versions, Path(__file__), *shared_inputs(minify=minify))
    return kept("on_demand", key, lambda made: _make(made, minify))


def _make(made: Path, minify: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        colours, formulas = Path(name) / "highlight.js", Path(name) / "math.js"
        colours.write_text(f'export {{ common, createLowlight }} from "{LOWLIGHT.as_posix()}";\n')
        formulas.write_text(f'export {{ render }} from "{(KATEX / "katex.mjs").as_posix()}";\n')
        esbuild([colours, formulas], made, minify)
    style, fonts = OLD_FONTS.subn("", (KATEX / "katex.min.css").read_text())
    if fonts == 0:
        raise SystemExit("KaTeX names its fonts in another way: look at build/on_demand.py")
    (made / "math.css").write_text(style.replace("url(fonts/", "url("))
    for font in (KATEX / "fonts").glob("*.woff2"):
        (made / font.name).write_bytes(font.read_bytes())
