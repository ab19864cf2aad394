"""Values in the shape of a pydantic model, for fuzzing: what its annotations allow, and more."""

import datetime
import enum
import types
import typing
from collections.abc import Callable
from functools import cache
from typing import Any, get_args, get_origin

from hypothesis import strategies as st
from pydantic import BaseModel

DEPTH = 3
"""Models inside each other; below that only what is required."""
words = st.text(max_size=40) | st.sampled_from(
    ["", "/start order_1", "@RoboTestBot hi", "\u200b", "\x00", "<@U1|x>", "a" * 5000, "\U0001f600"]
)
numbers = st.integers(-(2**40), 2**40) | st.sampled_from([0, 1, 777, -1001234])
CHATS = st.sampled_from(["private", "group", "supergroup", "channel"])


@cache
def model(kind: type[BaseModel], depth: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects that fit a model: its required fields, and some of the others."""
    needed: dict[str, st.SearchStrategy[Any]] = {}
    others: dict[str, st.SearchStrategy[Any]] = {}
    for name, field in kind.model_fields.items():
        key = field.alias or name
        if field.is_required():
            needed[key] = _later(name, field.annotation, depth)
        elif name in ("type", "status", "source") and isinstance(field.default, str):
            needed[key] = st.just(str(field.default))
        elif depth < DEPTH:
            others[key] = _later(name, field.annotation, depth)
    return _some(needed, others)


@st.composite
def _some(
    draw: st.DrawFn,
    needed: dict[str, st.SearchStrategy[Any]],
    others: dict[str, st.SearchStrategy[Any]],
) -> dict[str, Any]:
    """All that is needed, and up to four others: a Message has a hundred."""
    chosen: list[str] = []
    if others:
        chosen = draw(st.lists(st.sampled_from(sorted(others)), max_size=4, unique=True))
    found = {key: draw(value) for key, value in needed.items()}
    return {**found, **{key: draw(others[key]) for key in chosen}}


def _later(name: str, annotation: Any, depth: int) -> st.SearchStrategy[Any]:
    return st.deferred(lambda: _value(name, annotation, depth))


def _value(name: str, annotation: Any, depth: int) -> st.SearchStrategy[Any]:
    """Values of one annotation."""
    if name == "type" and annotation is str:
        return CHATS
    origin = get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        choices = [a for a in get_args(annotation) if a is not type(None)]
        return st.one_of([_value(name, choice, depth) for choice in choices[:6]])
    if origin is typing.Literal:
        return st.sampled_from(get_args(annotation))
    if origin is typing.Annotated:
        return _value(name, get_args(annotation)[0], depth)
    if origin is list:
        most = 2 if depth < DEPTH else 1
        return st.lists(_value(name, get_args(annotation)[0], depth + 1), max_size=most)
    return _plain(annotation, depth)


def _plain(annotation: Any, depth: int) -> st.SearchStrategy[Any]:
    if not isinstance(annotation, type):
        return words
    if issubclass(annotation, bool):
        return st.booleans()
    if issubclass(annotation, enum.Enum):
        return st.sampled_from([member.value for member in annotation])
    if issubclass(annotation, int):
        return numbers
    if issubclass(annotation, float):
        return st.floats(-180, 180, allow_nan=False)
    if issubclass(annotation, datetime.datetime):
        return st.integers(0, 2**31 - 1)
    if issubclass(annotation, datetime.timedelta):
        return st.integers(0, 10**6)
    if issubclass(annotation, BaseModel):
        return st.deferred(lambda: model(annotation, depth + 1))
    return words


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


def mutated(value: Any, draw: Callable[[st.SearchStrategy[Any]], Any]) -> Any:
    """The value with one part of it replaced by any JSON, or taken away."""
    if isinstance(value, dict) and value and draw(st.booleans()):
        key = draw(st.sampled_from(sorted(value)))
        if draw(st.integers(0, 4)) == 0:
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: mutated(value[key], draw)}
    if isinstance(value, list) and value and draw(st.booleans()):
        at = draw(st.integers(0, len(value) - 1))
        return [*value[:at], mutated(value[at], draw), *value[at + 1 :]]
    return draw(json_values)
