"""Reads the keywords of a schema; what is not understood is refused by its name."""

from collections.abc import Mapping

from ashao_text.grammar.schema_limits import SchemaRefused

SAY_NOTHING = frozenset(
    {
        *("title", "description", "default", "examples", "$schema", "$comment"),
        *("deprecated", "readOnly", "writeOnly", "$defs", "definitions"),
    }
)
OF_TYPE: dict[str, frozenset[str]] = {
    "object": frozenset({"properties", "required", "additionalProperties"}),
    "array": frozenset({"items", "minItems", "maxItems"}),
    "string": frozenset({"minLength", "maxLength"}),
    "integer": frozenset(),
    "number": frozenset(),
    "boolean": frozenset(),
    "null": frozenset(),
}
PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
SHOWN_CHARACTERS = 40


class Keywords:
    """One schema. Every method raises SchemaRefused."""

    def __init__(self, schema: object, place: str) -> None:
        if not isinstance(schema, Mapping):
            raise SchemaRefused(place, "it is no schema: an object is needed")
        self._schema = schema
        self._place = place

    def __contains__(self, name: str) -> bool:
        return name in self._schema

    def __getitem__(self, name: str) -> object:
        return self._schema[name]

    def get(self, name: str, default: object) -> object:
        """What the keyword says, or the default."""
        return self._schema.get(name, default)

    def place_of(self, name: str) -> str:
        """Where a keyword is."""
        return f"{self._place}.{name}" if self._place else name

    def allow(self, *names: str) -> None:
        """No other keyword may change what it means."""
        for each in self._schema:
            if each not in SAY_NOTHING and each not in names:
                shown = str(each)[:SHOWN_CHARACTERS]
                raise SchemaRefused(self.place_of(shown), "this keyword is not supported here")

    def allow_of(self, types: list[str]) -> None:
        """Only the keywords of these types."""
        self.allow("type", *(word for each in types for word in OF_TYPE[each]))

    def types(self) -> list[str]:
        """The types, one or several; none where it does not say."""
        found = self._schema.get("type", [])
        types = found if isinstance(found, list) else [found]
        for each in types:
            if not isinstance(each, str) or each not in OF_TYPE:
                raise SchemaRefused(self.place_of("type"), "there is no such type")
        return list(dict.fromkeys(types))

    def text(self, name: str) -> str:
        """A string."""
        found = self._schema[name]
        if not isinstance(found, str):
            raise SchemaRefused(self.place_of(name), "a string is needed")
        return found

    def items(self, name: str) -> list[object]:
        """A list of one item at least; of `required`, also of none."""
        found = self._schema[name]
        if not isinstance(found, list) or not (found or name == "required"):
            raise SchemaRefused(self.place_of(name), "a list is needed that is not empty")
        return found

    def mapping(self, name: str) -> Mapping[str, object]:
        """An object; an empty one where there is none."""
        found = self._schema.get(name, {})
        if not isinstance(found, Mapping):
            raise SchemaRefused(self.place_of(name), "an object is needed")
        return found

    def bounds(self, least_name: str, most_name: str) -> tuple[int, int | None]:
        """From how many to how many; None: without an end."""
        least, most = self._count(least_name) or 0, self._count(most_name)
        if most is not None and most < least:
            raise SchemaRefused(self.place_of(most_name), f"it is less than {least_name}")
        return least, most

    def _count(self, name: str) -> int | None:
        found = self._schema.get(name)
        if found is not None and (type(found) is not int or found < 0):
            raise SchemaRefused(self.place_of(name), "a whole number from 0 up is needed")
        return found


def has_type(value: object, types: list[str]) -> bool:
    """Whether a value is of one of the types; true and false are no numbers."""
    if isinstance(value, bool):
        return "boolean" in types
    return any(isinstance(value, PYTHON_TYPES[each]) for each in types)


def resolved(schema: Mapping[str, object], pointer: str, place: str) -> object:
    """What a reference within the schema points at. Raises SchemaRefused."""
    if pointer == "#":
        return schema
    found: object = schema
    for step in pointer.removeprefix("#/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if isinstance(found, Mapping) else None
    if found is None or not pointer.startswith("#/"):
        raise SchemaRefused(place, "it points nowhere within the schema")
    return found
