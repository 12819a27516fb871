"""The demonstration model's name, sizes and marks: what every other file must agree on."""

MODEL_ID = "ashao-tiny-q0f32"

# Marks are single tokens; their ids are their places here.
END, USER, ASSISTANT, SYSTEM = MARKS = ("<|end|>", "<|user|>", "<|assistant|>", "<|system|>")
END_ID = MARKS.index(END)

VOCABULARY = 777
HIDDEN = 128
FEED_FORWARD = 256
LAYERS = 2
QUERY_HEADS = 4
KEY_HEADS = 1
HEAD = 64  # numbers in one head
QKV_HEADS = QUERY_HEADS + 2 * KEY_HEADS

CONTEXT = 2048  # tokens that fit
PREFILL_CHUNK = 128  # tokens read at once
ROPE_THETA = 10_000
NORM_EPSILON = 1e-5


def parameter_shapes() -> dict[str, tuple[int, ...]]:
    """Every weight's name and shape, in the order in which they are stored."""
    shapes: dict[str, tuple[int, ...]] = {"embedding.weight": (VOCABULARY, HIDDEN)}
    for layer in range(LAYERS):
        block = f"blocks.{layer}"
        shapes[f"{block}.attention_norm.weight"] = (HIDDEN,)
        shapes[f"{block}.qkv.weight"] = (QKV_HEADS * HEAD, HIDDEN)
        shapes[f"{block}.attention_out.weight"] = (HIDDEN, QUERY_HEADS * HEAD)
        shapes[f"{block}.feed_norm.weight"] = (HIDDEN,)
        shapes[f"{block}.gate_up.weight"] = (2 * FEED_FORWARD, HIDDEN)
        shapes[f"{block}.down.weight"] = (HIDDEN, FEED_FORWARD)
    return shapes | {"norm.weight": (HIDDEN,), "head.weight": (VOCABULARY, HIDDEN)}
