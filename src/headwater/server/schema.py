"""JSON Schemas for models to read: derived from the requests, without what costs tokens in vain.

No titles, no `$defs`, no unions with null, and no bounds that a sane call never meets: those are
checked when the call arrives, and the error names them. Closed: unknown arguments are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from headwater.verbs.base import Request

Schema = dict[str, Any]

_DROPPED: Final = frozenset(
    {"title", "description", "maxLength", "minLength", "maxItems", "minItems", "pattern"}
    | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "$defs"}
)


def compact_schema(request: type[Request], hints: Mapping[str, str]) -> Schema:
    """The input schema of a verb.

    `hints` are short descriptions by path (`tasks.needs`). A hint that is a list of names, `{a}`,
    stands for the properties of an object that another tool shows in full.
    """
    full = request.model_json_schema()
    definitions = cast("dict[str, Schema]", full.get("$defs", {}))
    return _compact(full, definitions, hints, "")


def _compact(
    node: Schema, definitions: Mapping[str, Schema], hints: Mapping[str, str], path: str
) -> Schema:
    node = _resolved(node, definitions)
    if "properties" in node and hints.get(path, "").startswith("{"):
        return {"type": "object", "description": hints[path]}
    kept: Schema = {}
    for name, value in node.items():
        if name in _DROPPED or (name == "default" and _says_nothing(value)):
            continue
        if name == "properties":
            kept[name] = {
                field: _compact(inner, definitions, hints, f"{path}.{field}".lstrip("."))
                for field, inner in cast("dict[str, Schema]", value).items()
            }
        elif isinstance(value, dict) and name in ("items", "additionalProperties"):
            inner = _compact(cast("Schema", value), definitions, hints, path)
            inner.pop("description", None)  # the hint stands at the argument itself
            if inner:
                kept[name] = inner
        elif value is not True or name != "additionalProperties":
            kept[name] = value
    if path in hints:
        kept["description"] = hints[path]
    return kept


def _resolved(node: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """The node with its reference followed and the null branch of a union dropped."""
    branches = cast("list[Schema]", node.get("anyOf", []))
    if branches:
        real = [branch for branch in branches if branch.get("type") != "null"]
        rest = {name: value for name, value in node.items() if name != "anyOf"}
        node = {**rest, **(real[0] if len(real) == 1 else {})}
    reference = node.get("$ref")
    if isinstance(reference, str):
        target = definitions[reference.removeprefix("#/$defs/")]
        if "properties" not in target and "enum" not in target:
            return {}
        node = {**target, **{name: value for name, value in node.items() if name != "$ref"}}
    return node


def _says_nothing(value: object) -> bool:
    """True for defaults that say no more than that the argument is optional."""
    if isinstance(value, dict):  # a nested model's defaults
        return all(_says_nothing(inner) for inner in cast("dict[str, object]", value).values())
    return not value or value == -1
