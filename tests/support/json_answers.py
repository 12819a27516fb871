"""Five answers in JSON, with what they have to satisfy: escapes, recursion, choices, numbers."""

from typing import Any


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


PERSON = _object(
    name={"type": "string"},
    age={"type": "integer"},
    tags={"type": "array", "items": {"enum": ["é", "b"]}},
)
TREE = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": _object(
            **{
                "näme": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            }
        )
    },
}
EITHER = _object(
    found={
        "anyOf": [
            {"type": "null"},
            _object(kind={"const": "place"}, at={"type": "number"}),
            _object(kind={"const": "person"}, called={"type": ["string", "null"]}),
        ]
    }
)
ANYTHING = {"type": "object"}
LIST = {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 3}

ANSWERS: list[tuple[dict[str, Any], str]] = [
    (PERSON, '{"name": "Zo\\u00eb \\"Z\\" \\ud83d\\ude00 é😀", "age": -41, "tags": ["é", "b"]}'),
    (TREE, '{"näme":"a","children":[{"näme":"b\\\\","children":[]}, {"näme":"","children":[]}]}'),
    (EITHER, '{\n  "found": {\n    "kind": "person",\n    "called": null\n  }\n}'),
    (ANYTHING, '{"a\\u00e9": [1.5e-3, {}, [], true, null], "": {"b": "\\n"}}'),
    (LIST, "[true, false,\n\ttrue]"),
]
