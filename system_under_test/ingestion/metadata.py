"""Front matter and sidecars: what a document declares about itself, read strictly and with the place of each fault.

The YAML is composed into nodes and never constructed: `version: 1.10` stays the text `1.10`, a date stays a date's
text, and no tag or alias can make an object.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from urllib.parse import urlsplit

import yaml

from system_under_test.ingestion.faults import FileFault
from system_under_test.nouns import CLASSIFICATIONS

_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "timestamp"))
_NULL = "tag:yaml.org,2002:null"
_SCHEMES = frozenset({"", "http", "https", "urn"})
"""Of a uri, which a reader's program may follow: no script and no local file."""
_CHARACTERS = 500
_GROUPS = 200
_BRACKETS = 50


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a document declares. None means that it says nothing, and the default of the run counts."""

    id: str | None = None
    title: str | None = None
    owner: str | None = None
    classification: str | None = None
    allow_groups: frozenset[str] | None = None
    """An empty set is a declaration: nobody may see it."""
    deny_groups: frozenset[str] | None = None
    version: str | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    supersedes: str | None = None
    uri: str | None = None


_LISTS = frozenset({"allow_groups", "deny_groups"})
_KEYS = frozenset(Metadata.__dataclass_fields__)
_OPENING = re.compile(r"---[ \t]*\n")
_LATE_OPENING = re.compile(r"\s+---[ \t]*(?:\n|\Z)")
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE)


def split_front_matter(text: str, limit: int) -> tuple[str | None, str]:
    """The front matter of a Markdown text, None without any, and the body after it.

    Raises FileFault `metadata` if the front matter does not end within `limit` characters, or blanks stand before it.
    """
    opening = _OPENING.match(text)
    if opening is None:
        if _LATE_OPENING.match(text):
            # Taken for text, access rules would be published instead of obeyed.
            raise FileFault("metadata", "blanks stand before ---: front matter begins on the first line")
        return None, text
    closing = _CLOSING.search(text, opening.end(), opening.end() + limit)
    if closing is None:
        raise FileFault("metadata", "line 1: the front matter that begins here has no closing line ---")
    return text[opening.end() : closing.start()], text[closing.end() :].lstrip("\n")


def parse_metadata(text: str, place: str, lines_before: int) -> Metadata:
    """The metadata in a YAML mapping; `place` and the line are in the message of every fault.

    Raises FileFault `metadata` for anything but a flat mapping of known keys, each once, with values of their kind.
    """
    where = _Place(place, lines_before)
    root = _root(text, where)
    if root is None:
        return Metadata()
    if not isinstance(root, yaml.MappingNode):
        raise where.fault(root, "is not a mapping of keys to values")
    texts: dict[str, str | None] = {}
    groups: dict[str, frozenset[str]] = {}
    for key_node, value_node in root.value:
        key = _key(key_node, where)
        if key in texts or key in groups:
            raise where.fault(key_node, f"key {key!r} is there twice")
        if key in _LISTS:
            groups[key] = _groups(key, value_node, where)
        else:
            texts[key] = _value(key, value_node, where)
    return _metadata(texts, groups)


@dataclass(frozen=True, slots=True)
class _Place:
    name: str
    lines_before: int

    def fault(self, node: yaml.Node, reason: str) -> FileFault:
        return FileFault("metadata", f"{self.name}, line {self.line(node.start_mark)}: {reason}")

    def line(self, mark: yaml.Mark | None) -> int:
        return self.lines_before + 1 + (mark.line if mark is not None else 0)


def _root(text: str, where: _Place) -> yaml.Node | None:
    # The scanner's time grows with the square of the brackets that are open, and here it runs without a limit.
    if text.count("[") + text.count("{") > _BRACKETS:
        raise FileFault("metadata", f"{where.name}: more than {_BRACKETS} opening brackets")
    try:
        root: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = where.line(error.problem_mark)
        raise FileFault("metadata", f"{where.name}, line {line}: is not YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise FileFault("metadata", f"{where.name}: is not YAML: {type(error).__name__}") from None
    return root


def _key(node: yaml.Node, where: _Place) -> str:
    key = str(node.value) if isinstance(node, yaml.ScalarNode) else ""
    if key not in _KEYS:
        near = get_close_matches(key, _KEYS, n=1)
        raise where.fault(node, f"unknown key {key!r}" + (f", perhaps {near[0]!r}" if near else ""))
    return key


def _metadata(texts: Mapping[str, str | None], groups: Mapping[str, frozenset[str]]) -> Metadata:
    return Metadata(
        id=texts.get("id"),
        title=texts.get("title"),
        owner=texts.get("owner"),
        classification=texts.get("classification"),
        allow_groups=groups.get("allow_groups"),
        deny_groups=groups.get("deny_groups"),
        version=texts.get("version"),
        valid_from=texts.get("valid_from"),
        valid_until=texts.get("valid_until"),
        supersedes=texts.get("supersedes"),
        uri=texts.get("uri"),
    )


def _groups(key: str, node: yaml.Node, where: _Place) -> frozenset[str]:
    if not isinstance(node, yaml.SequenceNode):
        raise where.fault(node, f"{key} must be a list like [staff, hr]")
    if len(node.value) > _GROUPS:
        raise where.fault(node, f"{key} has more than {_GROUPS} entries")
    return frozenset(_text(key, item, where) for item in node.value)


def _value(key: str, node: yaml.Node, where: _Place) -> str | None:
    if key == "supersedes" and node.tag == _NULL:
        return None
    text = _text(key, node, where)
    check = _CHECKS.get(key)
    if check is not None and (reason := check(text)) is not None:
        raise where.fault(node, f"{key} {reason}")
    return text


def _text(key: str, node: yaml.Node, where: _Place) -> str:
    if not isinstance(node, yaml.ScalarNode) or node.tag not in _PLAIN_TAGS:
        raise where.fault(node, f"{key} must be text, and not empty")
    text = str(node.value)
    if not text.strip():
        raise where.fault(node, f"{key} is empty")
    if text != text.strip() or not text.isprintable() or len(text) > _CHARACTERS:
        raise where.fault(node, f"{key} must be one printable line of at most {_CHARACTERS} characters, trimmed")
    return text


def _classification_fault(value: str) -> str | None:
    return None if value in CLASSIFICATIONS else f"must be one of {', '.join(CLASSIFICATIONS)}"


def _date_fault(value: str) -> str | None:
    try:
        exact = date.fromisoformat(value).isoformat() == value
    except ValueError:
        exact = False
    return None if exact else "must be a date like 2026-01-31"


def _uri_fault(value: str) -> str | None:
    try:
        scheme = urlsplit(value).scheme
    except ValueError:
        return "cannot be read"
    return None if scheme in _SCHEMES else "must be http, https, urn or a relative path"


_CHECKS: Mapping[str, Callable[[str], str | None]] = {
    "classification": _classification_fault,
    "valid_from": _date_fault,
    "valid_until": _date_fault,
    "uri": _uri_fault,
}
