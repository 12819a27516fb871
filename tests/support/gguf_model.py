"""The demonstration model as a GGUF file: llama.cpp then recites the very same text.

The layout is llama.cpp's for the architecture `llama`; its rotary positions pair neighbours where
ours pair halves, so the rows of queries and keys change places.
"""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFWriter, TokenType

MODEL = Path(__file__).parents[2] / "build" / "tiny_model" / "ashao-tiny-q0f32"
LAYERS, HIDDEN, FEED_FORWARD = 2, 128, 256
QUERY_HEADS, KEY_HEADS, HEAD = 4, 1, 64
CONTEXT = 2048
TEMPLATE = (
    "{% for each in messages %}<|{{ each.role }}|>{{ each.content }}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)

Weight = np.ndarray[Any, np.dtype[np.float32]]


def recited() -> str:
    """What the model says, whatever it is asked."""
    return (MODEL / "answer.txt").read_text("utf-8")


def write_gguf(path: Path) -> None:
    """Write configuration, tokenizer and weights."""
    writer = GGUFWriter(path, "llama")
    _write_sizes(writer)
    _write_tokenizer(writer)
    for name, weight in _named_as_llama_cpp_does(_weights()).items():
        writer.add_tensor(f"{name}.weight", np.ascontiguousarray(weight))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _write_sizes(writer: GGUFWriter) -> None:
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(QUERY_HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_rope_dimension_count(HEAD)
    writer.add_rope_freq_base(10_000.0)
    writer.add_layer_norm_rms_eps(1e-5)


def _write_tokenizer(writer: GGUFWriter) -> None:
    config = _json("mlc-chat-config.json")
    model = _json("tokenizer.json")["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].__getitem__)
    marks = {each["content"] for each in _json("tokenizer.json")["added_tokens"]}
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")  # byte-level BPE
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(
        [TokenType.CONTROL if each in marks else TokenType.NORMAL for each in tokens]
    )
    writer.add_token_merges([" ".join(pair) for pair in model["merges"]])
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)


def _weights() -> dict[str, Weight]:
    """Every weight by the name that our own files give it."""
    (shard,) = _json("tensor-cache.json")["records"]
    stored = (MODEL / shard["dataPath"]).read_bytes()
    return {
        each["name"]: np.frombuffer(
            stored, "<f4", math.prod(each["shape"]), each["byteOffset"]
        ).reshape(each["shape"])
        for each in shard["records"]
    }


def _named_as_llama_cpp_does(ours: dict[str, Weight]) -> dict[str, Weight]:
    theirs = {
        "token_embd": ours["embedding.weight"],
        "output_norm": ours["norm.weight"],
        "output": ours["head.weight"],
    }
    for layer in range(LAYERS):
        block = f"blocks.{layer}"
        ends = np.cumsum([QUERY_HEADS * HEAD, KEY_HEADS * HEAD])
        query, key, value = np.split(ours[f"{block}.qkv.weight"], ends)
        gate, up = np.split(ours[f"{block}.gate_up.weight"], 2)
        for name, weight in (
            ("attn_norm", ours[f"{block}.attention_norm.weight"]),
            ("attn_q", _neighbours(query)),
            ("attn_k", _neighbours(key)),
            ("attn_v", value),
            ("attn_output", ours[f"{block}.attention_out.weight"]),
            ("ffn_norm", ours[f"{block}.feed_norm.weight"]),
            ("ffn_gate", gate),
            ("ffn_up", up),
            ("ffn_down", ours[f"{block}.down.weight"]),
        ):
            theirs[f"blk.{layer}.{name}"] = weight
    return theirs


def _neighbours(heads: Weight) -> Weight:
    """Rows that lie half a head apart, side by side."""
    return heads.reshape(-1, 2, HEAD // 2, HIDDEN).swapaxes(1, 2).reshape(-1, HIDDEN)


def _json(name: str) -> Any:
    return json.loads((MODEL / name).read_text("utf-8"))
