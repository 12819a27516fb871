"""The in-place edits of logits that WebLLM calls by name: a bias, the penalties, a grammar's mask.

All take the logits as one row. Written as scheduled kernels, since they change their argument.
"""

from tvm.script import tirx as T

from tiny_model.sizes import VOCABULARY

MASK_WORDS = (VOCABULARY + 31) // 32


@T.prim_func(s_tir=True)
def apply_logit_bias_inplace(
    logits_ptr: T.handle, rows_ptr: T.handle, ids_ptr: T.handle, biases_ptr: T.handle
) -> None:
    T.func_attr({"global_symbol": "apply_logit_bias_inplace", "tirx.is_scheduled": True})
    count = T.int32()
    logits = T.match_buffer(logits_ptr, (1, VOCABULARY), "float32")
    rows = T.match_buffer(rows_ptr, (count,), "int32")
    ids = T.match_buffer(ids_ptr, (count,), "int32")
    biases = T.match_buffer(biases_ptr, (count,), "float32")
    for block in T.thread_binding(count, thread="blockIdx.x"):
        for _ in T.thread_binding(1, thread="threadIdx.x"):
            with T.sblock("bias"):
                i = T.axis.spatial(count, block)
                logits[rows[i], ids[i]] = logits[rows[i], ids[i]] + biases[i]


@T.prim_func(s_tir=True)
def apply_penalty_inplace(
    logits_ptr: T.handle,
    sequences_ptr: T.handle,
    rows_ptr: T.handle,
    ids_ptr: T.handle,
    counts_ptr: T.handle,
    penalties_ptr: T.handle,
) -> None:
    """Per token that occurred: less presence, less frequency by count, then repetition."""
    T.func_attr({"global_symbol": "apply_penalty_inplace", "tirx.is_scheduled": True})
    count = T.int32()
    logits = T.match_buffer(logits_ptr, (1, VOCABULARY), "float32")
    sequences = T.match_buffer(sequences_ptr, (1,), "int32")
    rows = T.match_buffer(rows_ptr, (count,), "int32")
    ids = T.match_buffer(ids_ptr, (count,), "int32")
    counts = T.match_buffer(counts_ptr, (count,), "int32")
    penalties = T.match_buffer(penalties_ptr, (1, 3), "float32")
    for block in T.thread_binding(count, thread="blockIdx.x"):
        for _ in T.thread_binding(1, thread="threadIdx.x"):
            with T.sblock("penalty"):
                i = T.axis.spatial(count, block)
                logits[sequences[rows[i]], ids[i]] = (
                    logits[sequences[rows[i]], ids[i]]
                    - penalties[rows[i], 0]
                    - T.Cast("float32", counts[i]) * penalties[rows[i], 1]
                )
                logits[sequences[rows[i]], ids[i]] = T.if_then_else(
                    logits[sequences[rows[i]], ids[i]] > T.float32(0),
                    logits[sequences[rows[i]], ids[i]] / penalties[rows[i], 2],
                    logits[sequences[rows[i]], ids[i]] * penalties[rows[i], 2],
                )


@T.prim_func(s_tir=True)
def apply_bitmask_inplace(
    logits_ptr: T.handle, sequences_ptr: T.handle, masks_ptr: T.handle
) -> None:
    """Rules out every token whose bit in the mask is 0."""
    T.func_attr({"global_symbol": "apply_bitmask_inplace", "tirx.is_scheduled": True})
    logits = T.match_buffer(logits_ptr, (1, VOCABULARY), "float32")
    sequences = T.match_buffer(sequences_ptr, (1,), "int32")
    masks = T.match_buffer(masks_ptr, (1, MASK_WORDS), "int32")
    for word in T.thread_binding(MASK_WORDS, thread="blockIdx.x"):
        for bit in T.thread_binding(32, thread="threadIdx.x"):
            with T.sblock("mask"):
                i = T.axis.spatial(MASK_WORDS * 32, word * 32 + bit)
                if i < VOCABULARY:
                    logits[sequences[0], i] = T.if_then_else(
                        T.bitwise_and(T.shift_right(masks[sequences[0], i // 32], i % 32), 1) == 1,
                        logits[sequences[0], i],
                        T.min_value("float32"),
                    )


LOGIT_EDITS = (apply_logit_bias_inplace, apply_penalty_inplace, apply_bitmask_inplace)
