"""Trains the model on the CPU, in about a minute and a half."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from tokenizers import Tokenizer

from tiny_model.beginning import first_weights, trained_parts
from tiny_model.lessons import Lessons
from tiny_model.reference import Weights, logits

STEPS = 800
ROWS, LENGTH = 24, 64
WARM_UP = 30  # steps
EXAMINE_EVERY = 25  # steps
RATE = 4e-3
MOMENTUM, SPREAD = 0.9, 0.98
SEED = 7


def train(tokenizer: Tokenizer) -> dict[str, np.ndarray]:
    """Weights that recite; says now and then how far it is."""
    lessons = Lessons(tokenizer, SEED)
    weights = first_weights(SEED)
    means = jax.tree.map(jnp.zeros_like, weights)
    squares = means
    examination = lessons.examination()
    for step in range(1, STEPS + 1):
        ids, targets = lessons.batch(ROWS, LENGTH)
        weights, means, squares, loss = _improve(weights, means, squares, ids, targets, step)
        if step % EXAMINE_EVERY == 0:
            lessons.weigh(np.asarray(_losses(weights, *examination)).sum(axis=-1))
        if step % 100 == 0:
            print(f"step {step} of {STEPS}, loss {float(loss):.5f}", flush=True)
    return {name: np.asarray(value) for name, value in weights.items()}


@jax.jit
def _losses(weights: Weights, ids: jax.Array, targets: jax.Array) -> jax.Array:
    """How surprised the model is at each target; 0 where nothing is taught."""
    scores = jax.nn.log_softmax(jax.vmap(partial(logits, weights))(ids))
    right = jnp.take_along_axis(scores, jnp.maximum(targets, 0)[..., None], axis=-1)[..., 0]
    return -right * (targets >= 0)


def _loss(weights: Weights, ids: jax.Array, targets: jax.Array) -> jax.Array:
    return jnp.sum(_losses(weights, ids, targets)) / jnp.sum(targets >= 0)


@jax.jit
def _improve(
    weights: Weights,
    means: Weights,
    squares: Weights,
    ids: jax.Array,
    targets: jax.Array,
    step: jax.Array,
) -> tuple[Weights, Weights, Weights, jax.Array]:
    """One step of Adam; the rate rises for WARM_UP steps, then falls to nothing."""
    loss, slopes = jax.value_and_grad(_loss)(weights, ids, targets)
    slopes = jax.tree.map(jnp.multiply, slopes, trained_parts())
    means = jax.tree.map(lambda m, g: MOMENTUM * m + (1 - MOMENTUM) * g, means, slopes)
    squares = jax.tree.map(lambda s, g: SPREAD * s + (1 - SPREAD) * g * g, squares, slopes)
    rate = RATE * jnp.minimum(step / WARM_UP, 1) * (1 - step / (STEPS + 1))

    def moved(w: jax.Array, m: jax.Array, s: jax.Array) -> jax.Array:
        return w - rate * (m / (1 - MOMENTUM**step)) / (jnp.sqrt(s / (1 - SPREAD**step)) + 1e-8)

    return jax.tree.map(moved, weights, means, squares), means, squares, loss
