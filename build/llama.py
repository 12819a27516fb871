"""llama.cpp for a tab: wllama's client with the templates' language, its worker, its WebAssembly.

wllama would start its worker from a blob: URL, which the pages' policy forbids: its code becomes a
file of ours. So does what it would fetch from a CDN for older browsers: another worker, another
WebAssembly.
"""

import re
import shutil
import tempfile
from pathlib import Path

from cache import digest, kept
from javascript import esbuild, shared_inputs
from node import PACKAGES, package_version

WLLAMA = PACKAGES / "@wllama" / "wllama"
COMPAT = PACKAGES / "@wllama" / "wllama-compat" / "wasm"
JINJA = PACKAGES / "@huggingface" / "jinja" / "dist" / "index.js"
CREATE_WORKER = re.compile(r"this\.worker = createWorker\(completeCode\);")
OUR_WORKER = (
    "this.worker = new Worker(this.resources.compat"
    ' ? new URL("./llama-compat-worker.js", import.meta.url)'
    ' : new URL("./llama-worker.js", import.meta.url),'
    ' { type: "module", name: this.resources.noWebGPU ? "cpu" : "gpu" });'
)
WORKERS_CODE = re.compile(r"^(var \w+_CODE = )[\"'].*;$", re.M)
CDN = re.compile(r"https://cdn\.jsdelivr\.net/[\w@./-]*")
ENTRY = 'export {{ Wllama }} from "{client}";\nexport {{ Template }} from "{jinja}";\n'


def llama(browser: Path, *, minify: bool) -> Path:
    """A folder with llama.js, and two times a worker and its WebAssembly."""
    packages = ("@wllama/wllama", "@wllama/wllama-compat", "@huggingface/jinja")
    versions = map(package_version, packages)
    beginning = browser / "wgpu-shim" / "llama_worker.js"
    key = digest("llama", *versions, Path(__file__), beginning, *shared_inputs(minify=minify))
    return kept("llama", key, lambda made: _make(made, beginning.read_text(), minify))


def _make(made: Path, beginning: str, minify: bool) -> None:
    made.mkdir()
    with tempfile.TemporaryDirectory() as name:
        client, entry = Path(name) / "wllama.js", Path(name) / "llama.js"
        client.write_text(_client((WLLAMA / "esm" / "index.js").read_text()))
        entry.write_text(ENTRY.format(client=client.as_posix(), jinja=JINJA.as_posix()))
        esbuild([entry], made, minify)
    runtime = (WLLAMA / "src" / "wasm" / "wllama.js").read_text()
    (made / "llama-worker.js").write_text(_worker(beginning, runtime, is_compat=False))
    shutil.copyfile(WLLAMA / "esm" / "wasm" / "wllama.wasm", made / "llama.wasm")
    runtime = (COMPAT / "wllama.js").read_text()
    (made / "llama-compat-worker.js").write_text(_worker(beginning, runtime, is_compat=True))
    shutil.copyfile(COMPAT / "wllama.wasm", made / "llama-compat.wasm")


def _client(code: str) -> str:
    """wllama's own code, except for where its worker comes from."""
    code, workers = CREATE_WORKER.subn(OUR_WORKER, code)
    code, texts = WORKERS_CODE.subn(r'\1"";', code)
    if (workers, texts) != (1, 3):
        raise ValueError("wllama starts its worker in another way than this build knows")
    return CDN.sub("", code)


def _worker(beginning: str, runtime: str, *, is_compat: bool) -> str:
    """The worker as wllama puts it together, behind our beginning."""
    beginning = f"const IS_COMPAT = {str(is_compat).lower()};\n{beginning}"
    module = runtime.replace("var Module", "var ___Module", 1)
    calls = (WLLAMA / "src" / "workers-code" / "llama-cpp.js").read_text()
    return f"{beginning}\nfunction wModuleInit() {{ {module}; return Module; }}\n{calls}"
