"""The weights that training begins with: noise, but for heads that look a fixed way back.

What comes next is decided by the last few tokens, wherever they stand. Heads that look one, two,
three and four tokens back from the start make that quick to learn, and hard to distract by anything
further back.
"""

import jax
import jax.numpy as jnp
import numpy as np

from tiny_model.sizes import (
    HEAD,
    HIDDEN,
    LAYERS,
    QUERY_HEADS,
    ROPE_THETA,
    parameter_shapes,
)

SURE = 0.35  # what every token's embedding has in place 0, about four times its other numbers
SHARPNESS = 2.6  # of the looks back; a token nearer or farther gets e**-13 of the attention
FAST_TURNS = 8  # rotary pairs used: those that tell neighbours apart
CONTENT_SHARE = 0.1  # of the noise stays where heads ask and answer by content


def first_weights(seed: int) -> dict[str, jax.Array]:
    """Every weight, the same for the same seed."""
    random = np.random.default_rng(seed)
    weights = {
        name: np.ones(shape) if len(shape) == 1 else random.normal(0, shape[-1] ** -0.5, shape)
        for name, shape in parameter_shapes().items()
    }
    weights["embedding.weight"][:, 0] = SURE
    for layer in range(LAYERS):
        _look_back(weights[f"blocks.{layer}.qkv.weight"])
    return {name: jnp.array(value, jnp.float32) for name, value in weights.items()}


def _look_back(qkv: np.ndarray) -> None:
    """Turns query head h, which reads the sure number, to the key head 1 + h tokens before."""
    heads = qkv.reshape(-1, HEAD, HIDDEN)
    heads[: QUERY_HEADS + 1] *= CONTENT_SHARE
    pairs = np.arange(FAST_TURNS)
    turns = ROPE_THETA ** -(2 * pairs / HEAD)
    for head in range(QUERY_HEADS):
        back = (1 + head) * turns
        heads[head, pairs, 0] = SHARPNESS * np.cos(back)
        heads[head, pairs + HEAD // 2, 0] = -SHARPNESS * np.sin(back)
    heads[QUERY_HEADS, pairs, 0] = SHARPNESS
