"""The kernel that joins two partial attentions, in place of the one packaged with TVM.

In the packaged kernel all threads of a head read a sum that each of them also overwrites, with no
barrier between. Threads that do not run in lockstep then give silently wrong logits whenever the
cache already holds something. Here one thread does a whole head.
"""

from tvm import tirx
from tvm.relax.frontend.nn.llm import kv_cache
from tvm.script import tirx as T
from tvm.target import Target


def merge_state(
    heads: int, size: int, dtype: str, target: Target, global_symbol: str | None = None
) -> tirx.PrimFunc:
    """The kernel for `heads` heads of `size` numbers; takes what the packaged one takes."""
    del target

    @T.prim_func(s_tir=True)
    def merge(
        values_ptr: T.handle, sums_ptr: T.handle, more_values_ptr: T.handle, more_sums_ptr: T.handle
    ) -> None:
        T.func_attr({"tirx.is_scheduled": True})
        rows = T.int32()
        values = T.match_buffer(values_ptr, (rows, heads, size), dtype)
        sums = T.match_buffer(sums_ptr, (rows, heads), "float32")
        more_values = T.match_buffer(more_values_ptr, (rows, heads, size), dtype)
        more_sums = T.match_buffer(more_sums_ptr, (rows, heads), "float32")
        for row in T.thread_binding(rows, thread="blockIdx.x"):
            for head in T.thread_binding(heads, thread="threadIdx.x"):
                with T.sblock("merge"):
                    top = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    share = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    more_share = T.sblock_alloc_buffer((1,), "float32", scope="local")
                    top[0] = T.max(sums[row, head], more_sums[row, head])
                    share[0] = T.exp2(sums[row, head] - top[0])
                    more_share[0] = T.exp2(more_sums[row, head] - top[0])
                    for i in T.serial(size):
                        values[row, head, i] = (
                            values[row, head, i] * share[0]
                            + more_values[row, head, i] * more_share[0]
                        ) / (share[0] + more_share[0])
                    sums[row, head] = T.log2(share[0] + more_share[0]) + top[0]

    return merge.with_attr("global_symbol", global_symbol) if global_symbol else merge


def replace_packaged_kernel() -> None:
    """Makes every cache that TVM builds from here on use this kernel."""
    kv_cache._merge_state_inplace = merge_state
