"""Emscripten's part: TVM's runtime compiled for the browser, and the linking of a model to it.

The wheels carry the runtime's sources but not the small headers that these include; ours lie in
`runtime/`, and are laid together with the wheels' files into one tree.
"""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import tvm
import tvm_ffi

OUR_SOURCES = Path(__file__).parent / "runtime"
UNITS = ("library.cc", "web/emcc/webgpu_runtime.cc")
INCLUDES = (
    ".",
    "include",
    "3rdparty/tvm-ffi/include",
    "3rdparty/tvm-ffi/3rdparty/dlpack/include",
)
COMPILE = ["emcc", "-O3", "-std=c++17", "-Wno-ignored-attributes", "-emit-llvm", "-c"]
LINK = [
    *("emcc", "-O2", "-std=c++17", "--no-entry"),
    *("-sSTANDALONE_WASM=1", "-sWASM_BIGINT=1", "-sALLOW_MEMORY_GROWTH=1"),
    "-sTOTAL_MEMORY=160MB",
    "-sERROR_ON_UNDEFINED_SYMBOLS=0",  # two functions come from the JavaScript side
]


class Runtime:
    """The compiled runtime in a folder of its own, `work`."""

    def __init__(self, work: Path) -> None:
        self._tree = work / "tree"
        self._parts = [work / "library.bc", work / "webgpu.bc"]

    def compile(self) -> None:
        """Lays the sources together and compiles them, in a minute."""
        self._lay_tree()
        # Compiled from inside the tree: messages name source files, never a machine's folders.
        includes = [f"-I{folder}" for folder in INCLUDES]
        for source, part in zip(UNITS, self._parts, strict=True):
            command = [*COMPILE, *includes, "-o", part.resolve(), source]
            subprocess.run(command, check=True, cwd=self._tree)

    def linker(self) -> Callable[..., None]:
        """What TVM calls with a model's objects to make the library."""

        def link(output: str, objects: list[str], **_options: object) -> None:
            subprocess.run([*LINK, "-o", output, *self._parts, *objects], check=True)

        link.object_format = "o"
        return link

    def _lay_tree(self) -> None:
        shutil.rmtree(self._tree, ignore_errors=True)
        packaged, ffi = Path(tvm.__file__).parent, Path(tvm_ffi.__file__).parent
        for source, place in [
            (packaged / "src", "src"),
            (packaged / "include", "include"),
            (packaged / "web/emcc", "web/emcc"),
            (ffi / "src", "3rdparty/tvm-ffi/src"),
            (ffi / "include", "3rdparty/tvm-ffi/include"),
            (ffi / "3rdparty", "3rdparty/tvm-ffi/3rdparty"),
            (OUR_SOURCES, "."),
        ]:
            shutil.copytree(source, self._tree / place, dirs_exist_ok=True)
