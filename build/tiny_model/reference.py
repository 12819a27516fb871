"""The model in JAX: what the trainer trains, and what the compiled library must agree with."""

import jax
import jax.numpy as jnp

from tiny_model.sizes import (
    HEAD,
    KEY_HEADS,
    LAYERS,
    NORM_EPSILON,
    QKV_HEADS,
    QUERY_HEADS,
    ROPE_THETA,
)

Weights = dict[str, jax.Array]


def logits(weights: Weights, ids: jax.Array) -> jax.Array:
    """The scores of the token after each of `ids`, as [len(ids), VOCABULARY]."""
    x = weights["embedding.weight"][ids]
    for layer in range(LAYERS):
        x = _block(weights, f"blocks.{layer}", x)
    return _norm(x, weights["norm.weight"]) @ weights["head.weight"].T


def _block(weights: Weights, name: str, x: jax.Array) -> jax.Array:
    length = x.shape[0]
    heads = _norm(x, weights[f"{name}.attention_norm.weight"]) @ weights[f"{name}.qkv.weight"].T
    heads = heads.reshape(length, QKV_HEADS, HEAD)
    queries, keys, values = jnp.split(heads, [QUERY_HEADS, QUERY_HEADS + KEY_HEADS], axis=1)
    seen = _attend(_rotate(queries), _rotate(keys), values)
    x = x + seen.reshape(length, -1) @ weights[f"{name}.attention_out.weight"].T
    gate_up = _norm(x, weights[f"{name}.feed_norm.weight"]) @ weights[f"{name}.gate_up.weight"].T
    gate, up = jnp.split(gate_up, 2, axis=-1)
    return x + (jax.nn.silu(gate) * up) @ weights[f"{name}.down.weight"].T


def _attend(queries: jax.Array, keys: jax.Array, values: jax.Array) -> jax.Array:
    length, repeats = queries.shape[0], QUERY_HEADS // KEY_HEADS
    keys, values = jnp.repeat(keys, repeats, axis=1), jnp.repeat(values, repeats, axis=1)
    scores = jnp.einsum("shd,thd->hst", queries, keys) * HEAD**-0.5
    past = jnp.tril(jnp.ones((length, length), bool))
    shares = jax.nn.softmax(jnp.where(past, scores, -jnp.inf), axis=-1)
    return jnp.einsum("hst,thd->shd", shares, values)


def _norm(x: jax.Array, weight: jax.Array) -> jax.Array:
    return x * jax.lax.rsqrt(jnp.mean(x * x, axis=-1, keepdims=True) + NORM_EPSILON) * weight


def _rotate(heads: jax.Array) -> jax.Array:
    """Rotary positions, counted from 0, on [length, heads, HEAD]."""
    turns = ROPE_THETA ** -(jnp.arange(0, HEAD, 2) / HEAD)
    angles = jnp.arange(heads.shape[0])[:, None] * jnp.tile(turns, 2)
    low, high = jnp.split(heads, 2, axis=-1)
    turned = jnp.concatenate([-high, low], axis=-1)
    return heads * jnp.cos(angles)[:, None] + turned * jnp.sin(angles)[:, None]
