"""What all requests and replies share: strict fields, forgiving JSON strings, compact output.

A verb is defined once, here, as a pair of pydantic models. The MCP tool, the CLI command and the
method of `Board` are faces of that pair; `headwater.operations` holds what it does.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from functools import cached_property
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Literal,
    Self,
    TypeAlias,
    cast,
    get_args,
    get_origin,
)

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    model_validator,
)
from pydantic_core import to_json

from headwater import limits
from headwater.errors import BadRequest, guess, is_word

_KEY = re.compile(limits.KEY_PATTERN)
_GIT_OBJECT = re.compile(limits.GIT_OBJECT_PATTERN)
_NAME_CHARS = 100
"""Of a misspelt name so much is compared."""
_TOO_LONG = 10**limits.CRITICAL_DIGITS
_EXPECTED = {
    "model_type": "an object is expected",
    "model_attributes_type": "an object is expected",
    "dict_type": "an object is expected",
    "list_type": "a list is expected",
}
_NOT_IN_A_LINE = re.compile(limits.NOT_IN_A_LINE)
_ACCESS_TOKEN = re.compile(limits.ACCESS_TOKEN_PATTERN)


def _key(value: str) -> str:
    if not _KEY.match(value) or value.endswith("\n"):
        raise ValueError(
            f"a key is a slug of 1 to {limits.KEY_CHARS} characters: lower-case letters, digits, "
            "'.', '_', '-', starting with a letter or digit"
        )
    return value


def _without_token(value: str) -> str:
    """What others will read. Whoever reads an access token can act as its owner."""
    if "hw_" in value and _ACCESS_TOKEN.search(value):
        raise ValueError(
            "it holds an access token (hw_...), which everybody on the board would read: leave it "
            "out, and have it revoked if others have seen it"
        )
    return value


def _line(value: str) -> str:
    if _NOT_IN_A_LINE.search(value):
        raise ValueError("one line of text, without control or direction characters")
    return _without_token(value)


def _text(value: str) -> str:
    if "\x00" in value:
        raise ValueError("text must not contain NUL")
    size = len(value.encode("utf-8"))
    if size > limits.TEXT_BYTES:
        raise ValueError(f"{size} bytes; the limit is {limits.TEXT_BYTES}")
    return _without_token(value)


def _capability(value: str) -> str:
    if not value.strip() or "," in value:
        raise ValueError("a capability is one word or more, without a comma")
    return value


def _encodable(value: str) -> str:
    """Half of a surrogate pair is no text. (Its UnicodeEncodeError is a ValueError.)"""
    value.encode("utf-8")
    return _without_token(value)


def _git_object(value: str) -> str:
    if not _GIT_OBJECT.match(value):
        raise ValueError("git's id of a file or folder: 40 or 64 hex digits, in lower case")
    return value


def _plain_json(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Refuse what JSON cannot carry, and what no reader could use."""
    stack: list[tuple[JsonValue, int]] = [(value, 0)]
    while stack:
        item, depth = stack.pop()
        if depth > limits.CRITICAL_DEPTH:
            raise ValueError(f"nested deeper than {limits.CRITICAL_DEPTH}")
        if isinstance(item, float) and not math.isfinite(item):
            raise ValueError("NaN and Infinity are not JSON")
        if isinstance(item, int) and not -_TOO_LONG < item < _TOO_LONG:
            raise ValueError(f"an integer of more than {limits.CRITICAL_DIGITS} digits")
        if isinstance(item, str):
            if "\x00" in item:
                raise ValueError("text must not contain NUL")
            _without_token(item)
        elif isinstance(item, dict):
            stack.extend((inner, depth + 1) for pair in item.items() for inner in pair)
        elif isinstance(item, list):
            stack.extend((inner, depth + 1) for inner in item)
    size = len(to_json(value))
    if size > limits.CRITICAL_BYTES:
        raise ValueError(f"{size} bytes of JSON; the limit is {limits.CRITICAL_BYTES}")
    return value


Key = Annotated[str, AfterValidator(_key)]
OptionalKey = Annotated[str, AfterValidator(lambda value: _key(value) if value else value)]
Name = Annotated[str, Field(max_length=limits.NAME_CHARS), AfterValidator(_line)]
Capabilities = Annotated[
    list[Annotated[Name, AfterValidator(_capability)]], Field(max_length=limits.CAPABILITIES)
]
Line = Annotated[str, Field(max_length=limits.LINE_CHARS), AfterValidator(_line)]
GitObject = Annotated[str, AfterValidator(_git_object)]
Text = Annotated[str, AfterValidator(_text)]
Content = Annotated[str, AfterValidator(_encodable)]
Counter = Annotated[int, Field(ge=0, le=limits.COUNTER)]
"""A revision or a version."""
CriticalValues = Annotated[dict[str, JsonValue], AfterValidator(_plain_json)]
if TYPE_CHECKING:
    Stored: TypeAlias = JsonValue
else:
    Stored = object
"""JSON from the store in a reply: it was validated when it came in, and is not walked again."""
Outcome = Literal["done", "failed", "release", "handoff", "blocked", "approve", "reject", "amend"]


class Part(BaseModel):
    """The base of everything that travels: no unknown fields, immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


class Model(Part):
    """The base of what comes from outside: strings of JSON are parsed where that is meant."""

    structured_fields: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.structured_fields = frozenset(
            name for name, field in cls.model_fields.items() if _is_structured(field.annotation)
        )

    @model_validator(mode="before")
    @classmethod
    def _as_meant(cls, data: Any) -> Any:
        """Some hosts send null for what is not given, or a list or object as a string of JSON."""
        if not isinstance(data, dict):
            return data
        given = cast("dict[str, Any]", data)
        if None in given.values():
            given = {
                name: value for name, value in given.items() if not cls._is_left_out(name, value)
            }
        parsed: dict[str, Any] | None = None
        for name in cls.structured_fields:
            value = given.get(name)
            if isinstance(value, str):
                try:
                    inner = json.loads(value)
                except (ValueError, RecursionError):
                    continue
                if isinstance(inner, (list, dict)):
                    parsed = dict(given) if parsed is None else parsed
                    parsed[name] = inner
        return given if parsed is None else parsed

    @classmethod
    def _is_left_out(cls, name: str, value: object) -> bool:
        field = cls.model_fields.get(name)
        return value is None and field is not None and not field.is_required()


class Request(Model):
    """The arguments of a verb."""

    verb: ClassVar[str] = ""
    not_asked: ClassVar[Mapping[str, Any]] = {"wait": True, "session": True}
    """What is no part of what the call asks for: how long it waits, through which window."""

    @cached_property
    def digest(self) -> str:
        """Of what the call asks for."""
        arguments = self.model_dump_json(exclude=self.not_asked)
        return hashlib.sha256(arguments.encode()).hexdigest()[:32]

    @classmethod
    def parse(cls, arguments: dict[str, Any]) -> Self:
        """Validate arguments that came from outside.

        Raises:
            BadRequest: naming each wrong argument and the allowed names.
        """
        try:
            return cls.model_validate(arguments)
        except ValidationError as error:
            # Not chained: it would print each wrong value of the call, thousands of them in a plan.
            raise bad_arguments(error, cls) from None


class Reply(Part):
    """The answer to a verb. `None` and empty optional parts are left out of its JSON."""

    def as_dict(self) -> dict[str, JsonValue]:
        return self.model_dump(mode="json", exclude_none=True)

    def as_json(self) -> str:
        """The text of it, compact. Raises PydanticSerializationError for what is no text."""
        return self.model_dump_json(exclude_none=True)


def bad_arguments(error: ValidationError, request: type[Model]) -> BadRequest:
    """One sentence for a failed validation, without echoing the values.

    Whoever used a name that there is not is told those that there are, at that place.
    """
    problems: dict[str, list[str]] = {}
    allowed: dict[str, str] = {}
    guesses = ""
    for item in error.errors(include_url=False, include_input=False, include_context=False)[:8]:
        where = ".".join(_shown(part) for part in item["loc"])[:120] or "arguments"
        what = _EXPECTED.get(item["type"], item["msg"].removeprefix("Value error, "))
        if item["type"] == "extra_forbidden":
            what = "no such argument"
            place, inner = _part_at(request, item["loc"][:-1])
            guesses = guesses or guess([str(item["loc"][-1])[:_NAME_CHARS]], inner.model_fields)
            allowed[place] = f"use only these {place}: {', '.join(inner.model_fields)}"
        problems.setdefault(what, []).append(where)
    said = "; ".join(f"{', '.join(places)}: {what}" for what, places in problems.items())
    return BadRequest(
        f"bad arguments: {said}{guesses}",
        next="; ".join(allowed.values()) or "correct that and call again; nothing was changed",
    )


def _part_at(model: type[BaseModel], way: tuple[int | str, ...]) -> tuple[str, type[BaseModel]]:
    """The part of a request at the end of `way`, and what to call its place."""
    place = "arguments"
    for step in way:
        field = model.model_fields.get(step) if isinstance(step, str) else None
        inner = _model_in(field.annotation) if field else None
        if inner is not None:
            model, place = inner, f"in {step}"
    return place, model


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _shown(part: int | str) -> str:
    """A step of the way to a wrong value; a name that the caller made up is not repeated."""
    return str(part) if isinstance(part, int) or is_word(part) else "?"


def _is_structured(annotation: object) -> bool:
    origin = get_origin(annotation)
    if origin in (list, dict):
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return True
    return any(_is_structured(inner) for inner in get_args(annotation) if inner is not type(None))
