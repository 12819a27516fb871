"""Compiles the model to WebGPU kernels and wasm32 code, and links it into one library."""

import json
from pathlib import Path

import tvm
from tvm import relax, tirx
from tvm.relax.backend import gpu_generic
from tvm.s_tir import dlight

from tiny_model import sampling, sizes
from tiny_model.logit_edits import LOGIT_EDITS
from tiny_model.merge_state import replace_packaged_kernel
from tiny_model.model import WEBGPU, DemonstrationModel
from tiny_model.runtime import Runtime


def build_library(runtime: Runtime, library: Path) -> None:
    """Writes the .wasm that WebLLM loads as `model_lib`."""
    replace_packaged_kernel()
    with WEBGPU:
        model = DemonstrationModel()
        model.to("float32")
        module, parameters = model.export_tvm(spec=model.signatures())
    shapes = {name: tuple(int(size) for size in value.shape) for name, value in parameters}
    if shapes != sizes.parameter_shapes():
        raise ValueError("the compiled model's weights are not those that are trained")
    _schedule_sampling(module)
    for edit in LOGIT_EDITS:
        module[edit.attrs["global_symbol"]] = edit
    executable = relax.build(
        _with_metadata(module), target=WEBGPU, relax_pipeline=_pipeline, system_lib=True
    )
    executable.export_library(str(library), fcompile=runtime.linker())


def _schedule_sampling(module: tvm.IRModule) -> None:
    kernels = {
        place: function
        for place, function in module.functions.items()
        if place.name_hint.rstrip("0123456789") in sampling.KERNELS
    }
    with WEBGPU:
        scheduled = dlight.ApplyDefaultSchedule(dlight.gpu.Fallback())(tvm.IRModule(kernels))
    for place, function in scheduled.functions.items():
        module.update_func(module.get_global_var(place.name_hint), function)


def _with_metadata(module: tvm.IRModule) -> tvm.IRModule:
    """Adds the function that tells WebLLM what the library expects."""
    metadata = {
        "model_type": "llama",
        "quantization": "q0f32",
        "model_task": "chat",
        "kv_state_kind": "kv_cache",
        "context_window_size": sizes.CONTEXT,
        "sliding_window_size": -1,
        "attention_sink_size": -1,
        "prefill_chunk_size": sizes.PREFILL_CHUNK,
        "max_batch_size": 1,
        "tensor_parallel_shards": 1,
        "pipeline_parallel_stages": 1,
        "params": [
            {"name": name, "shape": shape, "dtype": "float32", "preprocs": []}
            for name, shape in sizes.parameter_shapes().items()
        ],
    }
    builder = relax.BlockBuilder(module)
    with builder.function("_metadata", []):
        builder.emit_func_output(tvm.ir.StringImm(json.dumps(metadata)))
    return builder.get()


@tvm.transform.module_pass(opt_level=0)
def _pipeline(module: tvm.IRModule, _context: tvm.transform.PassContext) -> tvm.IRModule:
    with WEBGPU:
        passes = [
            tirx.transform.BindTarget(WEBGPU),
            *gpu_generic.library_dispatch_passes(WEBGPU),
            *gpu_generic.legalize_passes(WEBGPU),
            relax.transform.DeadCodeElimination(),
            tirx.transform.ForceNarrowIndexToInt32(),
            *gpu_generic.dataflow_lower_passes(WEBGPU),
            *gpu_generic.finalize_passes(WEBGPU),
        ]
        return tvm.transform.Sequential(passes)(module)
