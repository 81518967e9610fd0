"""The strict border between JSON members and a document: nothing is guessed, corrected or left out."""

import hashlib
import re
from collections.abc import Mapping
from datetime import date

from system_under_test.errors import DocumentRefused
from system_under_test.nouns import Document
from system_under_test.retrieval.chunk import refuse_too_many_passages

TENANT = re.compile(r"[a-z0-9][a-z0-9-]{1,62}")
"""The tenants that a token can name (the gateway's rule). Any other tenant could never be asked for."""
ID_CHARACTERS = 512
SHORT_CHARACTERS = 1_024
"""Of every text but `text`: a title stands in each passage, a version in each audit record."""

_STRINGS = ("id", "tenant", "title", "text", "uri", "version", "valid_from", "owner", "classification")
_DATES = ("valid_from", "valid_until")
_LISTS = ("allow_groups", "deny_groups")
_REQUIRED = frozenset((*_STRINGS, *_LISTS, "supersedes"))
_KNOWN = _REQUIRED | {"sha256", "valid_until"}


def document_of(members: Mapping[str, object]) -> Document:
    """The document that the members say, all of them: `sha256` and `valid_until` may be absent, nothing else.

    Raises DocumentRefused for anything but the exact shape: an unknown or missing member, a wrong type, an empty or
    half-encoded text, an id that cannot be printed, an impossible date, a digest that does not fit the text, a text of
    too many passages.
    """
    _refuse_fault(members)
    text = str(members["text"])
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    if members.get("sha256", digest) != digest:
        raise DocumentRefused("sha256", "sha256 is not the digest of text")
    refuse_too_many_passages(text)
    strings = {name: str(members[name]) for name in _STRINGS}
    return Document(
        **strings,
        supersedes=None if members["supersedes"] is None else str(members["supersedes"]),
        allow_groups=_names(members["allow_groups"]),
        deny_groups=_names(members["deny_groups"]),
        sha256=digest,
        valid_until=str(members.get("valid_until", "")),
    )


def members_of(document: Document) -> dict[str, object]:
    """The members that `document_of` reads back as the same document."""
    return {"text": document.text, **metadata_of(document)}


def metadata_of(document: Document) -> dict[str, object]:
    """Everything of a document but its text, which its digest stands for."""
    members: dict[str, object] = {
        "id": document.id,
        "tenant": document.tenant,
        "title": document.title,
        "uri": document.uri,
        "version": document.version,
        "valid_from": document.valid_from,
        "supersedes": document.supersedes,
        "owner": document.owner,
        "classification": document.classification,
        "allow_groups": sorted(document.allow_groups),
        "deny_groups": sorted(document.deny_groups),
        "sha256": document.sha256,
    }
    # Left out where it says nothing, so that a corpus without such dates keeps its digest.
    return members | ({"valid_until": document.valid_until} if document.valid_until else {})


def _names(value: object) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset()


def _refuse_fault(members: Mapping[str, object]) -> None:
    """Raises DocumentRefused for the first thing that is wrong with the shape of the members."""
    if unknown := members.keys() - _KNOWN:
        raise DocumentRefused(None, f"unknown key {min(unknown)!r}")
    if missing := _REQUIRED - members.keys():
        raise DocumentRefused(min(missing), f"key {min(missing)!r} is missing")
    faults = (
        *((name, _string_fault(name, members[name], empty=name == "valid_from")) for name in _STRINGS),
        *((name, _list_fault(name, members[name])) for name in _LISTS),
        ("supersedes", _string_fault("supersedes", members["supersedes"], absent=True)),
        *((name, _date_fault(name, members.get(name, ""))) for name in _DATES),
        ("id", _id_fault(members["id"])),
        ("tenant", _tenant_fault(members["tenant"])),
    )
    for name, fault in faults:
        if fault is not None:
            raise DocumentRefused(name, fault)


def _string_fault(name: str, value: object, *, empty: bool = False, absent: bool = False) -> str | None:
    if value is None and absent:
        return None
    if not isinstance(value, str):
        return f"{name} must be a string, not {type(value).__name__}"
    if not value.strip() and not empty:
        return f"{name} is empty"
    if name != "text" and len(value) > SHORT_CHARACTERS:
        return f"{name} is longer than {SHORT_CHARACTERS} characters"
    # A lone surrogate passes json.loads but has no UTF-8 form, so it could be neither digested nor served.
    if any("\ud800" <= character <= "\udfff" for character in value):
        return f"{name} holds a lone surrogate"
    return None


def _list_fault(name: str, value: object) -> str | None:
    if not isinstance(value, list):
        return f"{name} must be a list of strings, not {type(value).__name__}"
    return next((fault for item in value if (fault := _string_fault(f"an entry of {name}", item))), None)


def _id_fault(value: object) -> str | None:
    if isinstance(value, str) and len(value) <= ID_CHARACTERS and value.isprintable():
        return None
    return f"id must be a printable text of 1 to {ID_CHARACTERS} characters"


def _tenant_fault(value: object) -> str | None:
    if isinstance(value, str) and TENANT.fullmatch(value):
        return None
    return f"tenant does not match {TENANT.pattern}"


def _date_fault(name: str, value: object) -> str | None:
    if value == "":
        return None
    try:
        # fromisoformat also reads other forms (20260101); only the one that it writes itself is taken.
        exact = isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        exact = False
    return None if exact else f"{name} is neither empty nor a date like 2026-01-31"
