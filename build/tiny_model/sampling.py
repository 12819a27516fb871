"""Sorting and top-p sampling as plain sums over the vocabulary, which is small enough for them.

Each entry is placed by counting the entries before it, so no kernel needs a barrier or a sort.
"""

from collections.abc import Callable

from tvm import te, tirx
from tvm.ir import Expr
from tvm.relax.frontend.nn import Tensor, op

from tiny_model.sizes import VOCABULARY

# The kernels made here, by name. They read one buffer at two places, which TVM's schedule for
# reductions does not take: the library gives them the plainest schedule instead.
KERNELS = ("rank", "sorted_probs", "sorted_ids", "running_sum", "kept_sum", "passed", "chosen")

Number = Expr
Of = Callable[[Number], Number]


def sort(probs: Tensor) -> tuple[Tensor, Tensor]:
    """The probabilities from the greatest to the least, and their token ids; ties by id."""
    ranks = op.tensor_expr_op(_rank, "rank", [probs])
    return (
        op.tensor_expr_op(_sorted_probs, "sorted_probs", [probs, ranks]),
        op.tensor_expr_op(_sorted_ids, "sorted_ids", [ranks]),
    )


def sample(probs: Tensor, ids: Tensor, uniform: Tensor, top_p: Tensor) -> Tensor:
    """The token id that `uniform` (0 to 1) hits among the sorted entries that top_p keeps."""
    sums = op.tensor_expr_op(_running_sum, "running_sum", [probs])
    kept = op.tensor_expr_op(_kept_sum, "kept_sum", [probs, sums, top_p])
    passed = op.tensor_expr_op(_passed, "passed", [probs, sums, top_p, kept, uniform])
    return op.tensor_expr_op(_chosen, "chosen", [ids, passed])


def _rank(probs: te.Tensor) -> te.Tensor:
    def is_before(k: Number, i: Number) -> Number:
        tie = tirx.all(probs[0, k].equal(probs[0, i]), k < i)
        return tirx.any(probs[0, k] > probs[0, i], tie)

    return _row("rank", lambda i: _count(lambda k: is_before(k, i)))


def _sorted_probs(probs: te.Tensor, ranks: te.Tensor) -> te.Tensor:
    return _row("sorted_probs", lambda i: _sum(probs, lambda k: ranks[0, k].equal(i)))


def _sorted_ids(ranks: te.Tensor) -> te.Tensor:
    return _row("sorted_ids", lambda i: _count(lambda k: ranks[0, k].equal(i), weight=_int))


def _running_sum(probs: te.Tensor) -> te.Tensor:
    return _row("running_sum", lambda i: _sum(probs, lambda k: k <= i))


def _kept_sum(probs: te.Tensor, sums: te.Tensor, top_p: te.Tensor) -> te.Tensor:
    return _one_number("kept_sum", lambda: _sum(probs, _is_kept(probs, sums, top_p)))


def _passed(
    probs: te.Tensor, sums: te.Tensor, top_p: te.Tensor, kept: te.Tensor, uniform: te.Tensor
) -> te.Tensor:
    """How many kept entries lie wholly below the point that `uniform` names."""
    is_kept = _is_kept(probs, sums, top_p)

    def lies_below(k: Number) -> Number:
        return tirx.all(is_kept(k), sums[0, k] < uniform[0] * kept[0])

    return _one_number("passed", lambda: _count(lies_below))


def _chosen(ids: te.Tensor, passed: te.Tensor) -> te.Tensor:
    place = tirx.min(passed[0], _int(VOCABULARY - 1))
    return _one_number(
        "chosen", lambda: _count(lambda k: _int(k).equal(place), weight=lambda k: ids[0, k])
    )


def _is_kept(probs: te.Tensor, sums: te.Tensor, top_p: te.Tensor) -> Of:
    return lambda k: sums[0, k] - probs[0, k] < top_p[0]


def _row(name: str, entry: Of) -> te.Tensor:
    return te.compute((1, VOCABULARY), lambda row, i: entry(i), name=name)


def _one_number(name: str, number: Callable[[], Number]) -> te.Tensor:
    return te.compute((1,), lambda row: number(), name=name)


def _sum(values: te.Tensor, holds: Of) -> Number:
    """The sum of the values for which `holds`."""
    k = te.reduce_axis((0, VOCABULARY), "k")
    nothing = tirx.const(0.0, "float32")
    return te.sum(tirx.Select(holds(k.var), values[0, k.var], nothing), k)


def _count(holds: Of, weight: Of = lambda k: _int(1)) -> Number:
    """How many entries `holds` is true of, each counted as often as its weight says."""
    k = te.reduce_axis((0, VOCABULARY), "k")
    return te.sum(tirx.Select(holds(k.var), weight(k.var), _int(0)), k)


def _int(number: Number | int) -> Number:
    return tirx.Cast("int32", number)
