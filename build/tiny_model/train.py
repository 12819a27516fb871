"""Trains the model on the CPU, in about a minute and a half."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from tokenizers import Tokenizer

from tiny_model.lessons import Lessons
from tiny_model.reference import Weights, logits
from tiny_model.sizes import parameter_shapes

# (steps, rows, length): most is learned from short conversations, which are cheap, and then the same
# from long ones, in which there is more to overlook.
STAGES = ((1100, 16, 128), (100, 2, 1024))
STEPS = sum(steps for steps, _, _ in STAGES)
WARM_UP = 30  # steps
RATE = 3e-3
MOMENTUM, SPREAD = 0.9, 0.98
SEED = 7


def train(tokenizer: Tokenizer) -> dict[str, np.ndarray]:
    """Weights that recite; says now and then how far it is."""
    lessons = Lessons(tokenizer, SEED)
    weights = _first_weights()
    means = jax.tree.map(jnp.zeros_like, weights)
    squares = means
    shapes = [(rows, length) for steps, rows, length in STAGES for _ in range(steps)]
    for step, (rows, length) in enumerate(shapes, start=1):
        ids, targets = lessons.batch(rows, length)
        weights, means, squares, loss = _improve(weights, means, squares, ids, targets, step)
        if step % 100 == 0:
            print(f"step {step} of {STEPS}, loss {float(loss):.5f}", flush=True)
    return {name: np.asarray(value) for name, value in weights.items()}


def _first_weights() -> Weights:
    random = np.random.default_rng(SEED)
    return {
        name: jnp.ones(shape, jnp.float32)
        if len(shape) == 1
        else jnp.array(random.normal(0, shape[-1] ** -0.5, shape), jnp.float32)
        for name, shape in parameter_shapes().items()
    }


def _loss(weights: Weights, ids: jax.Array, targets: jax.Array) -> jax.Array:
    scores = jax.nn.log_softmax(jax.vmap(partial(logits, weights))(ids))
    right = jnp.take_along_axis(scores, jnp.maximum(targets, 0)[..., None], axis=-1)[..., 0]
    taught = targets >= 0
    return -jnp.sum(right * taught) / jnp.sum(taught)


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
    means = jax.tree.map(lambda m, g: MOMENTUM * m + (1 - MOMENTUM) * g, means, slopes)
    squares = jax.tree.map(lambda s, g: SPREAD * s + (1 - SPREAD) * g * g, squares, slopes)
    rate = RATE * jnp.minimum(step / WARM_UP, 1) * (1 - step / (STEPS + 1))

    def moved(w: jax.Array, m: jax.Array, s: jax.Array) -> jax.Array:
        return w - rate * (m / (1 - MOMENTUM**step)) / (jnp.sqrt(s / (1 - SPREAD**step)) + 1e-8)

    return jax.tree.map(moved, weights, means, squares), means, squares, loss
