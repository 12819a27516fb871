"""The model in TVM Relax, with the functions and shapes that WebLLM calls."""

from tvm import relax, te, tirx
from tvm.relax.frontend import nn
from tvm.relax.frontend.nn import op
from tvm.relax.frontend.nn.llm.kv_cache import PagedKVCache, RopeMode, TIRPagedKVCache
from tvm.target import Target

from tiny_model import sampling
from tiny_model.sizes import (
    FEED_FORWARD,
    HEAD,
    HIDDEN,
    KEY_HEADS,
    LAYERS,
    NORM_EPSILON,
    QKV_HEADS,
    QUERY_HEADS,
    ROPE_THETA,
    VOCABULARY,
)

WEBGPU = Target(
    {"kind": "webgpu", "host": {"kind": "llvm", "mtriple": "wasm32-unknown-unknown-wasm"}}
)
CACHE_SIZES = (
    "max_batch_size",
    "max_total_seq_len",
    "prefill_chunk_size",
    "page_size",
    "support_sliding_window",
)


class Block(nn.Module):
    """One layer: attention over the cache, then the gated feed-forward part."""

    def __init__(self, layer: int) -> None:
        self.layer = layer
        self.attention_norm = nn.RMSNorm(HIDDEN, -1, NORM_EPSILON, bias=False)
        self.qkv = nn.Linear(HIDDEN, QKV_HEADS * HEAD, bias=False)
        self.attention_out = nn.Linear(QUERY_HEADS * HEAD, HIDDEN, bias=False)
        self.feed_norm = nn.RMSNorm(HIDDEN, -1, NORM_EPSILON, bias=False)
        self.gate_up = nn.Linear(HIDDEN, 2 * FEED_FORWARD, bias=False)
        self.down = nn.Linear(FEED_FORWARD, HIDDEN, bias=False)

    def forward(self, x: nn.Tensor, cache: PagedKVCache) -> nn.Tensor:
        batch, length, _ = x.shape
        heads = op.reshape(self.qkv(self.attention_norm(x)), (batch, length, QKV_HEADS, HEAD))
        seen = cache.attention_with_fused_qkv(self.layer, heads, QUERY_HEADS, sm_scale=HEAD**-0.5)
        x = x + self.attention_out(op.reshape(seen, (batch, length, QUERY_HEADS * HEAD)))
        gate, up = op.split(self.gate_up(self.feed_norm(x)), 2, axis=-1)
        return x + self.down(op.silu(gate) * up)


class DemonstrationModel(nn.Module):
    """Method names are the names under which WebLLM looks the functions up."""

    def __init__(self) -> None:
        self.embedding = nn.Embedding(VOCABULARY, HIDDEN)
        self.blocks = nn.ModuleList([Block(layer) for layer in range(LAYERS)])
        self.norm = nn.RMSNorm(HIDDEN, -1, NORM_EPSILON, bias=False)
        self.head = nn.Linear(HIDDEN, VOCABULARY, bias=False)

    def embed(self, input_ids: nn.Tensor) -> nn.Tensor:
        return self.embedding(input_ids)

    def prefill(
        self, input_embed: nn.Tensor, paged_kv_cache: PagedKVCache
    ) -> tuple[nn.Tensor, PagedKVCache]:
        hidden = self._hidden(input_embed, paged_kv_cache)
        return self.head(op.tensor_expr_op(_last_row, "last_row", [hidden])), paged_kv_cache

    def decode(
        self, input_embed: nn.Tensor, paged_kv_cache: PagedKVCache
    ) -> tuple[nn.Tensor, PagedKVCache]:
        return self.head(self._hidden(input_embed, paged_kv_cache)), paged_kv_cache

    def _hidden(self, x: nn.Tensor, cache: PagedKVCache) -> nn.Tensor:
        for block in self.blocks:
            x = block(x, cache)
        return self.norm(x)

    def create_tir_paged_kv_cache(
        self,
        max_batch_size: tirx.Var,
        max_total_seq_len: tirx.Var,
        prefill_chunk_size: tirx.Var,
        page_size: tirx.Var,
        support_sliding_window: tirx.Var,
    ) -> PagedKVCache:
        return TIRPagedKVCache(
            "mha",
            max_batch_size,
            max_total_seq_len,
            prefill_chunk_size,
            page_size,
            support_sliding_window,
            layer_partition=relax.ShapeExpr([0, LAYERS]),
            num_hidden_layers=LAYERS,
            num_attention_heads=QUERY_HEADS,
            num_key_value_heads=KEY_HEADS,
            qk_head_dim=HEAD,
            v_head_dim=HEAD,
            mla_original_qk_head_dim=0,
            mla_original_v_head_dim=0,
            rope_mode=RopeMode.NORMAL,
            rope_scale=1,
            rope_theta=ROPE_THETA,
            rope_scaling={},
            rope_ext_factors=relax.prim_value(0),
            rotary_dim=HEAD,
            enable_disaggregation=False,
            dtype="float32",
            target=WEBGPU,
        )

    def softmax_with_temperature(self, logits: nn.Tensor, temperature: nn.Tensor) -> nn.Tensor:
        return op.softmax(logits / op.reshape(temperature, (1, 1, 1)), axis=-1)

    def argsort_probs(self, probs: nn.Tensor) -> tuple[nn.Tensor, nn.Tensor]:
        return sampling.sort(probs)

    def sample_with_top_p(
        self,
        sorted_probs: nn.Tensor,
        sorted_indices: nn.Tensor,
        uniform_samples: nn.Tensor,
        sample_indices: nn.Tensor,
        top_p: nn.Tensor,
    ) -> nn.Tensor:
        del sample_indices  # which row each sample is for; there is one row
        return sampling.sample(sorted_probs, sorted_indices, uniform_samples, top_p)

    def signatures(self) -> nn.spec.ModuleSpec:
        """The types of every function's arguments, as WebLLM passes them."""
        cache = nn.spec.Object(object_type=PagedKVCache)
        learned = {"$": {"param_mode": "packed", "effect_mode": "none"}}
        plain = {"$": {"param_mode": "none", "effect_mode": "none"}}
        row = _tensor(1, VOCABULARY)
        one = _tensor(1)
        functions = {
            "embed": {"input_ids": _tensor("length", dtype="int32")} | learned,
            "prefill": {"input_embed": _tensor(1, "length", HIDDEN), "paged_kv_cache": cache}
            | learned,
            "decode": {"input_embed": _tensor(1, 1, HIDDEN), "paged_kv_cache": cache} | learned,
            "create_tir_paged_kv_cache": dict.fromkeys(CACHE_SIZES, int) | plain,
            "softmax_with_temperature": {
                "logits": _tensor(1, 1, VOCABULARY),
                "temperature": one,
            }
            | plain,
            "argsort_probs": {"probs": row} | plain,
            "sample_with_top_p": {
                "sorted_probs": row,
                "sorted_indices": _tensor(1, VOCABULARY, dtype="int32"),
                "uniform_samples": one,
                "sample_indices": _tensor(1, dtype="int32"),
                "top_p": one,
            }
            | plain,
        }
        return nn.spec.ModuleSpec.from_raw(functions, self)


def _tensor(*shape: int | str, dtype: str = "float32") -> nn.spec.Tensor:
    return nn.spec.Tensor(list(shape), dtype)


def _last_row(hidden: te.Tensor) -> te.Tensor:
    return te.compute(
        (1, 1, HIDDEN), lambda i, j, k: hidden[i, hidden.shape[1] - 1, k], name="last_row"
    )
