"""A JSON schema as a grammar: what OpenAI's strict mode allows, properties in the order written.

The grammar's words satisfy the schema. Not all that does is a word: an object gets no properties
but those named, and an enum's values are spelled in one way. What would need more than a
context-free grammar is refused by its keyword, and so is what is beyond `schema_limits.py`.
"""

import json
from collections.abc import Mapping

from ashao_text.grammar.json_text import (
    ARRAY,
    CHARACTER,
    INTEGER,
    NUMBER,
    OBJECT,
    RULES,
    SPACE,
    STRING,
    VALUE,
    listed,
)
from ashao_text.grammar.rules import Choice, Grammar, Node, Reference, Repeat, Sequence, Text
from ashao_text.grammar.rules import sequence as in_turn
from ashao_text.grammar.schema_limits import (
    MAX_DEPTH,
    MAX_ENUM_VALUES,
    MAX_LITERAL_CHARACTERS,
    MAX_NODES,
    MAX_PROPERTIES,
    MAX_REPEATS,
    Budget,
    SchemaRefused,
)
from ashao_text.grammar.schema_values import Keywords, has_type, resolved

SIMPLE: dict[str, Node] = {
    "integer": INTEGER,
    "number": NUMBER,
    "boolean": Choice((Text("true"), Text("false"))),
    "null": Text("null"),
}


def grammar_of_schema(schema: Mapping[str, object]) -> Grammar:
    """The grammar of a schema. Raises SchemaRefused."""
    return _Compiler(schema).grammar()


class _Compiler:
    def __init__(self, schema: Mapping[str, object]) -> None:
        self._schema = schema
        self._rules: dict[str, Node] = dict(RULES)
        self._definitions: dict[str, Reference] = {}
        self._waiting: list[str] = []
        self._begins: dict[str, set[str]] = {}  # the definitions that one may begin with
        self._nodes = Budget(MAX_NODES, "schemas")
        self._properties = Budget(MAX_PROPERTIES, "properties")
        self._enum_values = Budget(MAX_ENUM_VALUES, "enum values")
        self._literals = Budget(MAX_LITERAL_CHARACTERS, "characters of names and enum values")
        self._repeats = Budget(MAX_REPEATS, "items and characters in its bounds")

    def grammar(self) -> Grammar:
        root = self._definition("#")
        while self._waiting:
            pointer = self._waiting.pop()
            place = pointer[2:].replace("/", ".")
            found = resolved(self._schema, pointer, place)
            name = self._definitions[pointer].name
            self._rules[name] = self._node(found, place, 0, name)
        for name in self._begins:
            self._require_beginning(name)
        return Grammar(root, self._rules)

    def _definition(self, pointer: str) -> Reference:
        if pointer not in self._definitions:
            self._definitions[pointer] = Reference(f"definition-{len(self._definitions)}")
            self._waiting.append(pointer)
        return self._definitions[pointer]

    def _require_beginning(self, name: str) -> None:
        """A definition that may begin with itself has no beginning, and engines go round in it."""
        seen, waiting = set[str](), [name]
        while waiting:
            for each in self._begins.get(waiting.pop(), ()):
                if each == name:
                    raise SchemaRefused("$ref", "a definition is made of itself alone")
                if each not in seen:
                    seen.add(each)
                    waiting.append(each)

    def _node(self, schema: object, place: str, depth: int, owner: str | None = None) -> Node:
        """`owner` is the definition that begins here."""
        self._nodes.spend(1, place)
        if depth > MAX_DEPTH:
            raise SchemaRefused(place, f"it is deeper than {MAX_DEPTH} levels")
        if schema is True:
            return VALUE
        words = Keywords(schema, place)
        if "$ref" in words:
            words.allow("$ref")
            return self._reference(words.text("$ref"), words.place_of("$ref"), owner)
        if "anyOf" in words:
            words.allow("anyOf")
            ways = enumerate(words.items("anyOf"))
            return Choice(
                tuple(
                    self._node(each, words.place_of(f"anyOf[{number}]"), depth + 1, owner)
                    for number, each in ways
                )
            )
        return self._of_types(words, depth)

    def _reference(self, pointer: str, place: str, owner: str | None) -> Reference:
        resolved(self._schema, pointer, place)
        found = self._definition(pointer)
        if owner is not None:
            self._begins.setdefault(owner, set()).add(found.name)
        return found

    def _of_types(self, words: Keywords, depth: int) -> Node:
        types = words.types()
        if "enum" in words or "const" in words:
            return self._enum(words, types)
        if not types:
            words.allow()
            return VALUE
        words.allow_of(types)
        ways = tuple(self._of_type(each, words, depth) for each in types)
        return ways[0] if len(ways) == 1 else Choice(ways)

    def _of_type(self, type_: str, words: Keywords, depth: int) -> Node:
        match type_:
            case "object":
                return self._named(self._object(words, depth))
            case "array":
                return self._named(self._array(words, depth))
            case "string":
                return self._string(words)
        return SIMPLE[type_]

    def _enum(self, words: Keywords, types: list[str]) -> Node:
        words.allow("type", "enum", "const")
        values = [words["const"]] if "const" in words else words.items("enum")
        values = [each for each in values if not types or has_type(each, types)]
        if not values:
            raise SchemaRefused(words.place_of("enum"), "no value of it has the type")
        self._enum_values.spend(len(values), words.place_of("enum"))
        texts = tuple(self._literal(each, words.place_of("enum")) for each in values)
        return self._named(Choice(texts))

    def _literal(self, value: object, place: str) -> Text:
        text = json.dumps(value, ensure_ascii=False)
        self._literals.spend(len(text), place)
        return Text(text)

    def _string(self, words: Keywords) -> Node:
        if "minLength" not in words and "maxLength" not in words:
            return STRING
        least, most = words.bounds("minLength", "maxLength")
        self._repeats.spend(most or least, words.place_of("maxLength"))
        return self._named(in_turn('"', Repeat(CHARACTER, least, most), '"'))

    def _array(self, words: Keywords, depth: int) -> Node:
        least, most = words.bounds("minItems", "maxItems")
        self._repeats.spend(most or least, words.place_of("maxItems"))
        if "items" not in words and not least and most is None:
            return ARRAY
        item = self._node(words.get("items", True), words.place_of("items"), depth + 1)
        return listed("[", self._named(item), "]", least, most)

    def _object(self, words: Keywords, depth: int) -> Node:
        properties = words.mapping("properties")
        required = {str(each) for each in words.items("required")} if "required" in words else set()
        if not required <= properties.keys():
            raise SchemaRefused(words.place_of("required"), "not all of it is in properties")
        if not properties:
            return self._open_object(words, depth)
        self._properties.spend(len(properties), words.place_of("properties"))
        members = [
            (self._member(name, each, words.place_of(f"properties[{number}]"), depth), name)
            for number, (name, each) in enumerate(properties.items())
        ]
        return _closed_object([(member, name in required) for member, name in members])

    def _open_object(self, words: Keywords, depth: int) -> Node:
        others = words.get("additionalProperties", True)
        if others is False:
            return in_turn("{", SPACE, "}")
        if others is True:
            return OBJECT
        value = self._node(others, words.place_of("additionalProperties"), depth + 1)
        member = in_turn(STRING, ":", SPACE, self._named(value))
        return listed("{", self._named(member), "}")

    def _member(self, name: str, schema: object, place: str, depth: int) -> Node:
        key = self._literal(name, place)
        value = self._node(schema, place, depth + 1)
        return self._named(in_turn(key, ":", SPACE, value))

    def _named(self, node: Node) -> Reference:
        """What repeats or may come in several ways gets a name, and is printed once."""
        if isinstance(node, Reference):
            return node
        reference = Reference(f"schema-{len(self._rules)}")
        self._rules[reference.name] = node
        return reference


def _closed_object(members: list[tuple[Node, bool]]) -> Node:
    """These members in this order, where those that are not required may be left out."""
    ways: list[Node] = []
    for number, (member, is_required) in enumerate(members):
        rest = [_following(each, needed) for each, needed in members[number + 1 :]]
        ways.append(in_turn("{", SPACE, member, *rest, SPACE, "}"))
        if is_required:
            break
    else:
        ways.append(in_turn("{", SPACE, "}"))
    return ways[0] if len(ways) == 1 else Choice(tuple(ways))


def _following(member: Node, is_required: bool) -> Node:
    after_comma = Sequence((Text(","), SPACE, member))
    return after_comma if is_required else Repeat(after_comma, 0, 1)
