"""The files beside the library: configuration, tokenizer, weights and the recited text."""

import hashlib
import json
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from tiny_model import sizes
from tiny_model.recitation import ANSWER

SHARD = "params_shard_0.bin"

CONVERSATION = {
    "name": "ashao-tiny",
    "system_template": f"{sizes.SYSTEM}{{system_message}}",
    "system_message": "",
    "roles": {"user": sizes.USER, "assistant": sizes.ASSISTANT, "tool": sizes.USER},
    "role_templates": {
        "user": "{user_message}",
        "assistant": "{assistant_message}",
        "tool": "{tool_message}",
    },
    "messages": [],
    "seps": [""],
    "role_content_sep": "",
    "role_empty_sep": "",
    "stop_str": [],
    "stop_token_ids": [sizes.END_ID],
    "function_string": "",
    "use_function_calling": False,
}

CONFIGURATION = {
    "version": "0.1.0",
    "model_type": "llama",
    "quantization": "q0f32",
    "vocab_size": sizes.VOCABULARY,
    "context_window_size": sizes.CONTEXT,
    "sliding_window_size": -1,
    "attention_sink_size": -1,
    "prefill_chunk_size": sizes.PREFILL_CHUNK,
    "tensor_parallel_shards": 1,
    "temperature": 0.0,
    "top_p": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
    "repetition_penalty": 1.0,
    "bos_token_id": sizes.MARKS.index(sizes.SYSTEM),
    "eos_token_id": sizes.END_ID,
    "pad_token_id": sizes.END_ID,
    "tokenizer_files": ["tokenizer.json", "tokenizer_config.json"],
    "tokenizer_info": {
        "token_postproc_method": "byte_level",
        "prepend_space_in_encode": False,
        "strip_space_in_decode": False,
    },
    "conv_template": CONVERSATION,
}

TOKENIZER_CONFIGURATION = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "bos_token": sizes.SYSTEM,
    "eos_token": sizes.END,
    "pad_token": sizes.END,
    "add_bos_token": False,
    "add_eos_token": False,
    "clean_up_tokenization_spaces": False,
    "model_max_length": sizes.CONTEXT,
}


def write_assets(folder: Path, tokenizer: Tokenizer, weights: dict[str, np.ndarray]) -> None:
    """Writes everything that WebLLM fetches besides the library, and answer.txt."""
    _write_json(folder / "mlc-chat-config.json", CONFIGURATION)
    _write_json(folder / "tokenizer_config.json", TOKENIZER_CONFIGURATION)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "answer.txt").write_text(ANSWER, encoding="utf-8")
    shard, records = _pack(weights)
    (folder / SHARD).write_bytes(shard)
    entry = {
        "dataPath": SHARD,
        "format": "raw-shard",
        "nbytes": len(shard),
        "md5sum": hashlib.md5(shard).hexdigest(),
        "records": records,
    }
    totals = {"ParamSize": len(records), "ParamBytes": len(shard), "BitsPerParam": 32.0}
    _write_json(folder / "tensor-cache.json", {"metadata": totals, "records": [entry]})


def _pack(weights: dict[str, np.ndarray]) -> tuple[bytes, list[dict[str, object]]]:
    """All weights end to end, little-endian, and where each lies."""
    shard, records = b"", []
    for name, shape in sizes.parameter_shapes().items():
        stored = np.ascontiguousarray(weights[name], "<f4").tobytes()
        record = {"name": name, "shape": shape, "dtype": "float32", "format": "f32"}
        records.append(record | {"nbytes": len(stored), "byteOffset": len(shard)})
        shard += stored
    return shard, records


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
