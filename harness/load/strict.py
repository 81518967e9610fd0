"""The one reader of declared files: YAML, JSON and JSON lines into a pydantic model, or an error with file and line.

Refused: duplicate keys, unknown keys, wrong types, NaN and infinities, YAML tags and anchors, files that are not UTF-8.
"""

import difflib
import json
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from harness.errors import DeclarationError, MissingData, Place

LARGEST_FILE = 256 * 1024 * 1024
LARGEST_DEPTH = 32
LONGEST_EXCERPT = 120
"""Characters of a refused value that an error message shows."""
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")

Parsed = TypeVar("Parsed", bound="Declared")
Marks = dict[tuple[str | int, ...], Place]


class _PlainLoader(yaml.SafeLoader):
    """Refuses aliases and anchors, by which a short file grows without bound, and tags, which change what is read."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """The next node, unless it is an alias, or carries an anchor or a tag."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        problem = _problem_of(event)
        if problem:
            raise yaml.composer.ComposerError(None, None, problem, event.start_mark)
        node: yaml.Node | None = super().compose_node(parent, index)
        return node


def _problem_of(event: yaml.Event) -> str:
    """Why the event may not start a node of a declared file, or the empty string."""
    if isinstance(event, yaml.AliasEvent):
        return "aliases are not allowed"
    if getattr(event, "anchor", None) is not None:
        return "anchors are not allowed"
    tag = getattr(event, "tag", None)
    return "" if tag is None else f"the YAML tag {tag!r} is not allowed"


class Declared(BaseModel):
    """Base of every file model: closed, strict, finite, frozen."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


def read_yaml(path: Path, model: type[Parsed]) -> Parsed:
    """One YAML document as `model`. Raises DeclarationError or MissingData."""
    return read_yaml_with_marks(path, model)[0]


def read_yaml_with_marks(path: Path, model: type[Parsed]) -> tuple[Parsed, Marks]:
    """The same, with the place of every key and item for checks that the model alone cannot make."""
    return parse_yaml(read_text(path), path, 1, model)


def parse_yaml(text: str, path: Path, first_line: int, model: type[Parsed]) -> tuple[Parsed, Marks]:
    """YAML that starts on line `first_line` of a file as `model`, with the place of every key and item."""
    start = Place(str(path), first_line)
    try:
        node = yaml.compose("\n" * (first_line - 1) + text, Loader=_PlainLoader)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark
        place = Place(str(path), mark.line + 1, mark.column + 1) if mark else start
        raise DeclarationError(place, f"not readable as YAML: {fault.problem}") from fault
    except yaml.YAMLError as fault:
        raise DeclarationError(start, "not readable as YAML: a character that YAML does not allow") from fault
    except RecursionError as fault:
        raise DeclarationError(start, "nested too deeply") from fault
    if node is None:
        raise DeclarationError(start, "nothing is declared here", next_step="write the keys that the docs name")
    marks: Marks = {}
    return _validated(_plain(node, path, (), marks), model, marks, start), marks


def read_json(path: Path, model: type[Parsed]) -> Parsed:
    """One JSON document as `model`. Raises DeclarationError or MissingData."""
    return _validated(_json_of(read_text(path), Place(str(path), 1)), model, {}, Place(str(path), 1))


def read_json_lines(path: Path, model: type[Parsed]) -> Iterator[tuple[Place, Parsed]]:
    """One `model` a line with its place; blank lines are refused, since a lost line must not go unseen."""
    lines = read_text(path).split("\n")
    if lines and not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, 1):
        place = Place(str(path), number)
        if not line.strip():
            raise DeclarationError(place, "a blank line; every line holds one JSON object")
        yield place, _validated(_json_of(line, place), model, {}, place)


def nearest(word: str, allowed: Sequence[str]) -> str:
    """`did you mean 'x'?`, or the list of what is allowed where nothing is near."""
    close = difflib.get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"allowed: {', '.join(allowed)}"


def read_text(path: Path) -> str:
    """The whole file, which must be UTF-8 and of bounded size. Raises DeclarationError or MissingData."""
    if not path.is_file():
        raise MissingData(f"{path}: no such file", next_step=f"check the path, or create {path.name}")
    if path.stat().st_size > LARGEST_FILE:
        raise DeclarationError(Place(str(path)), f"larger than {LARGEST_FILE // 1024**2} MiB")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as fault:
        raise DeclarationError(Place(str(path)), f"not UTF-8 at byte {fault.start}") from fault


class _JsonHooks:
    """What the JSON parser asks for each object and number; each refuses with the place of the text."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def pairs(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        """An object whose keys stand once each."""
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                raise DeclarationError(self.place, f"the key {key!r} stands twice")
            found[key] = value
        return found

    def constant(self, name: str) -> NoReturn:
        """NaN and the infinities, which JSON does not know and Python reads."""
        raise DeclarationError(self.place, f"{_excerpt(name)} is not a number that a declared file may hold")

    def fraction(self, digits: str) -> float:
        """A finite number."""
        return number if math.isfinite(number := float(digits)) else self.constant(digits)

    def whole(self, digits: str) -> int:
        """A whole number of at most 4,300 digits, as many as Python reads."""
        try:
            return int(digits)
        except ValueError:
            self.constant(digits)


def _json_of(text: str, place: Place) -> object:
    hooks = _JsonHooks(place)
    try:
        value: object = json.loads(
            text,
            object_pairs_hook=hooks.pairs,
            parse_constant=hooks.constant,
            parse_float=hooks.fraction,
            parse_int=hooks.whole,
        )
    except json.JSONDecodeError as fault:
        at = Place(place.file, place.line + fault.lineno - 1, fault.colno)
        raise DeclarationError(at, f"not readable as JSON: {fault.msg}") from fault
    except RecursionError as fault:
        raise DeclarationError(place, "nested too deeply") from fault
    if _SURROGATE_ESCAPE.search(text):
        _refuse_half_characters(json.dumps(value, ensure_ascii=False), place)
    return value


def _refuse_half_characters(text: str, place: Place) -> None:
    """An escape can name half of a surrogate pair, which no file or reply in UTF-8 can hold later."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as fault:
        raise DeclarationError(place, f"{text[fault.start]!a} is half a character") from fault


def _plain(node: yaml.Node, path: Path, at: tuple[str | int, ...], marks: Marks) -> object:
    """The node as plain Python, with the place of every key and item written into `marks`."""
    place = Place(str(path), node.start_mark.line + 1, node.start_mark.column + 1)
    marks.setdefault(at, place)
    if len(at) > LARGEST_DEPTH:
        raise DeclarationError(place, f"nested deeper than {LARGEST_DEPTH} levels")
    if isinstance(node, yaml.MappingNode):
        return _plain_mapping(node, path, at, marks)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, path, (*at, index), marks) for index, item in enumerate(node.value)]
    return _plain_scalar(node, place)


def _plain_mapping(node: yaml.MappingNode, path: Path, at: tuple[str | int, ...], marks: Marks) -> dict[str, object]:
    found: dict[str, object] = {}
    for key_node, value_node in node.value:
        place = Place(str(path), key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        key = key_node.value
        if not isinstance(key, str) or key_node.tag != "tag:yaml.org,2002:str":
            shown = f" {key!r}" if isinstance(key, str) else ""
            raise DeclarationError(place, f"the key{shown} is not plain text; quote it if it should be")
        _refuse_half_characters(key, place)
        if key in found:
            first = marks[(*at, key)]
            raise DeclarationError(place, f"the key {key!r} stands twice; first on line {first.line}")
        marks[(*at, key)] = place
        found[key] = _plain(value_node, path, (*at, key), marks)
    return found


def _plain_scalar(node: yaml.Node, place: Place) -> object:
    if node.tag == "tag:yaml.org,2002:timestamp":
        return str(node.value)
    if node.tag not in _SCALARS:
        raise DeclarationError(place, f"the YAML tag {node.tag!r} is not allowed")
    _refuse_half_characters(node.value, place)
    try:
        value: object = yaml.SafeLoader("").construct_object(node)
    except ValueError as fault:  # such as `0x_`, or more digits than Python reads
        raise DeclarationError(place, f"{_excerpt(node.value)} is not readable as a number") from fault
    if isinstance(value, float) and not math.isfinite(value):
        raise DeclarationError(place, f"{_excerpt(node.value)} is not a number that a declared file may hold")
    return value


def _excerpt(text: str) -> str:
    """The text, cut where an error message would grow too long."""
    return text if len(text) <= LONGEST_EXCERPT else text[:LONGEST_EXCERPT] + "..."


_SCALARS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null"))


def _validated(value: object, model: type[Parsed], marks: Marks, default: Place) -> Parsed:
    try:
        return model.model_validate(value)
    except ValidationError as fault:
        raise _refusal(fault, model, marks, default) from None


def _refusal(fault: ValidationError, model: type[Parsed], marks: Marks, default: Place) -> DeclarationError:
    """The first fault in reading order, as one sentence with its place.

    A missing key comes last: it has no place of its own, and is often the other half of a misspelt one.
    """
    faults = [(_place_of(error["loc"], marks, default), error) for error in fault.errors(include_url=False)]
    place, error = min(faults, key=lambda pair: (pair[1]["type"] == "missing", pair[0].line, pair[0].column))
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        allowed = _keys_allowed(model, error["loc"][:-1])
        message = f"unknown key {error['loc'][-1]!r}; {nearest(str(error['loc'][-1]), allowed)}"
    elif error["type"] == "missing":
        message = f"the key {where!r} is missing"
    else:
        found = "" if isinstance(error["input"], dict | list) else f", found {_excerpt(repr(error['input']))}"
        message = f"{where or 'the value'}: {error['msg'][:1].lower()}{error['msg'][1:]}{found}"
    more = f" ({len(faults) - 1} more like it in this file)" if len(faults) > 1 else ""
    return DeclarationError(place, message + more, next_step=f"mend {place} and run the command again")


def _place_of(location: tuple[str | int, ...], marks: Marks, default: Place) -> Place:
    """The innermost marked place on the way to `location`."""
    for end in range(len(location), -1, -1):
        if location[:end] in marks:
            return marks[location[:end]]
    return default


def _keys_allowed(model: type[Declared], location: tuple[str | int, ...]) -> list[str]:
    """The keys of the model that stands at `location`, following the declared types."""
    current: Any = model
    for part in location:
        if isinstance(part, int):
            continue
        fields = getattr(current, "model_fields", {})
        if part not in fields:
            continue
        current = _inner_model(fields[part].annotation) or current
    return [field.alias or name for name, field in getattr(current, "model_fields", {}).items()]


def _inner_model(annotation: Any) -> type[Declared] | None:
    """The file model inside an annotation such as `tuple[RuleFile, ...]` or `X | None`."""
    if isinstance(annotation, type) and issubclass(annotation, Declared):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _inner_model(argument)
        if found:
            return found
    return None
