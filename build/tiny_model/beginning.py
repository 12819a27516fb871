"""The weights that training begins with, and which of them it must leave alone.

The last few tokens decide what comes next, wherever they stand. So the heads are made to look
exactly one, two, three and four tokens back, and stay so: whatever stands further back than two
layers can see, which is any conversation, cannot reach the recitation.
"""

import jax
import jax.numpy as jnp
import numpy as np

from tiny_model.sizes import (
    HEAD,
    HIDDEN,
    KEY_HEADS,
    LAYERS,
    QUERY_HEADS,
    ROPE_THETA,
    VOCABULARY,
    parameter_shapes,
)

REACH = LAYERS * QUERY_HEADS  # tokens back
SURE = 8.0  # what every token has in place 0, for the heads to read: far above its other numbers
CONTENT = 0.35  # how large those begin
SHARPNESS = 6.0  # of the looks back: the next token along gets nothing that matters
FAST_TURNS = 12  # rotary pairs used: those that tell neighbours apart

Arrays = dict[str, np.ndarray]


def first_weights(seed: int) -> dict[str, jax.Array]:
    """Every weight, the same for the same seed."""
    random = np.random.default_rng(seed)
    weights = {
        name: np.ones(shape) if len(shape) == 1 else random.normal(0, shape[-1] ** -0.5, shape)
        for name, shape in parameter_shapes().items()
    }
    weights["embedding.weight"] = random.normal(0, CONTENT, (VOCABULARY, HIDDEN))
    weights["embedding.weight"][:, 0] = SURE
    for layer in range(LAYERS):
        _look_back(weights[f"blocks.{layer}.qkv.weight"])
        weights[f"blocks.{layer}.attention_out.weight"][0] = 0
        weights[f"blocks.{layer}.down.weight"][0] = 0
    return {name: jnp.array(value, jnp.float32) for name, value in weights.items()}


def trained_parts() -> dict[str, jax.Array]:
    """1 for each number that training may change, 0 for those that make the heads look back."""
    parts: Arrays = {name: np.ones(shape) for name, shape in parameter_shapes().items()}
    parts["embedding.weight"][:, 0] = 0
    for layer in range(LAYERS):
        parts[f"blocks.{layer}.attention_norm.weight"][0] = 0
        parts[f"blocks.{layer}.qkv.weight"][: (QUERY_HEADS + KEY_HEADS) * HEAD] = 0
        parts[f"blocks.{layer}.attention_out.weight"][0] = 0
        parts[f"blocks.{layer}.down.weight"][0] = 0
    return {name: jnp.array(value, jnp.float32) for name, value in parts.items()}


def _look_back(qkv: np.ndarray) -> None:
    """Turns query head h, which reads the sure number, to the key 1 + h tokens before."""
    heads = qkv.reshape(-1, HEAD, HIDDEN)
    heads[: QUERY_HEADS + KEY_HEADS] = 0
    pairs = np.arange(FAST_TURNS)
    turns = ROPE_THETA ** -(2 * pairs / HEAD)
    for head in range(QUERY_HEADS):
        back = (1 + head) * turns
        heads[head, pairs, 0] = SHARPNESS * np.cos(back)
        heads[head, pairs + HEAD // 2, 0] = -SHARPNESS * np.sin(back)
    heads[QUERY_HEADS, pairs, 0] = SHARPNESS
