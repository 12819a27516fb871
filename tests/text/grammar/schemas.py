"""Random schemas, and for each random values that satisfy it."""

import json
from typing import Any

from hypothesis import strategies as st

NAMES = st.text(min_size=1, max_size=6)
SCALARS = st.sampled_from(
    [{"type": name} for name in ("string", "integer", "number", "boolean", "null")]
)
BOUNDED = st.builds(
    lambda least, more: {"type": "string", "minLength": least, "maxLength": least + more},
    st.integers(0, 3),
    st.integers(0, 3),
)
ENUMS = st.lists(
    st.one_of(NAMES, st.integers(-99, 99), st.booleans(), st.none()), min_size=1, max_size=4
).map(lambda values: {"enum": values})


def _objects(schemas: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(NAMES, schemas, max_size=3).flatmap(
        lambda properties: (
            st.lists(st.sampled_from(sorted(properties)), unique=True).map(
                lambda required: _object(properties, required)
            )
            if properties
            else st.just(_object({}, []))
        )
    )


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _arrays(schemas: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda items, least, more: {
            "type": "array",
            "items": items,
            "minItems": least,
            **({} if more is None else {"maxItems": least + more}),
        },
        schemas,
        st.integers(0, 2),
        st.none() | st.integers(0, 2),
    )


SCHEMAS: st.SearchStrategy[dict[str, Any]] = st.recursive(
    SCALARS
    | BOUNDED
    | ENUMS
    | st.just({"type": ["string", "null"]})
    | st.just({"$ref": "#/$defs/tree"}),
    lambda inner: (
        _objects(inner)
        | _arrays(inner)
        | st.lists(inner, min_size=1, max_size=3).map(lambda ways: {"anyOf": ways})
    ),
    max_leaves=6,
)
TREE = _object(
    {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
    ["name", "children"],
)
WITH_TREE = SCHEMAS.map(lambda schema: {"$defs": {"tree": TREE}, **schema})
TREES = st.recursive(
    st.builds(lambda name: {"name": name, "children": []}, st.text(max_size=3)),
    lambda inner: st.builds(
        lambda name, children: {"name": name, "children": children},
        st.text(max_size=3),
        st.lists(inner, max_size=2),
    ),
    max_leaves=3,
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(max_size=6),
    "integer": st.integers(-(10**15), 10**15),
    "number": st.integers(-999, 999) | st.floats(-1e6, 1e6).map(lambda each: round(each, 5)),
    "boolean": st.booleans(),
    "null": st.none(),
}


@st.composite
def instances(draw: st.DrawFn, schema: dict[str, Any]) -> Any:
    """A value that satisfies the schema, its properties in the schema's order."""
    if "enum" in schema:
        return draw(st.sampled_from(schema["enum"]))
    if "$ref" in schema:
        return draw(TREES)
    if "anyOf" in schema:
        return draw(instances(draw(st.sampled_from(schema["anyOf"]))))
    if isinstance(schema["type"], list):
        return draw(instances({"type": draw(st.sampled_from(schema["type"]))}))
    if schema["type"] == "array":
        most = schema.get("maxItems", schema["minItems"] + 2)
        number = draw(st.integers(schema["minItems"], most))
        return [draw(instances(schema["items"])) for _ in range(number)]
    if schema["type"] == "object":
        return {
            name: draw(instances(each))
            for name, each in schema["properties"].items()
            if name in schema["required"] or draw(st.booleans())
        }
    if "maxLength" in schema:
        return draw(st.text(min_size=schema["minLength"], max_size=schema["maxLength"]))
    return draw(VALUES[schema["type"]])


def is_spelled_at_random(schema: Any) -> bool:
    """Whether escapes are free: names and enum values have one spelling."""
    return not isinstance(schema, dict) or not ({"enum", "properties"} & schema.keys())


@st.composite
def words(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """A schema, and a text that satisfies it."""
    schema = draw(WITH_TREE)
    value = draw(instances(schema))
    indent = draw(st.sampled_from([None, 2]))
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return schema, text
