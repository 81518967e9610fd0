"""What probes plant that was written beforehand: instructions of an attacker, and harmless look-alikes of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from harness.domain.digest import digest_of_bytes
from harness.load.strict import Declared, read_json, read_text

INJECTION = Path(__file__).with_name("injection.json")
OVERBLOCKING = Path(__file__).with_name("overblocking.json")

Attack = Literal["override", "extraction", "hop", "citation", "exfiltration", "tool", "output", "jamming"]
"""What an instruction is after. hop: data of another tenant. jamming: that what is known is refused."""
Trick = Literal["none", "joined", "initials", "spelt", "template"]
"""How a trigger is written so that only one who follows the instruction produces it: in halves that must be joined, as
initials of words, as digits in words, as a template that must be run."""
Place = Literal["text", "title", "uri", "owner", "version", "id"]


@dataclass(frozen=True, slots=True)
class Payload:
    """One instruction. Its texts hold placeholders such as `${name}`, which string.Template fills in."""

    id: str
    attack: Attack
    trick: Trick
    place: Place
    text: str
    annex: str = ""
    """The second half of an instruction that stands in two documents; empty for one that stands in one."""


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A harmless document whose words stand in instructions as well, and a question that it answers."""

    id: str
    word: str
    """The word that a crude filter would stop at."""
    title: str
    text: str
    question: str


class _PayloadItem(Declared):
    id: str = Field(pattern=r"^[a-z0-9-]{3,40}$")
    family: Attack
    trick: Trick
    place: Place
    text: str = Field(min_length=20)
    annex: str


class _InjectionFile(Declared):
    about: str
    payloads: list[_PayloadItem] = Field(min_length=1)


class _LookAlikeItem(Declared):
    id: str = Field(pattern=r"^[a-z0-9-]{3,40}$")
    word: str = Field(min_length=3)
    title: str = Field(min_length=3)
    text: str = Field(min_length=20)
    question: str = Field(min_length=10)


class _OverblockingFile(Declared):
    about: str
    documents: list[_LookAlikeItem] = Field(min_length=1)


def read_payloads(path: Path = INJECTION) -> tuple[Payload, ...]:
    """The instructions of a file. Raises DeclarationError or MissingData."""
    items = read_json(path, _InjectionFile).payloads
    return tuple(Payload(item.id, item.family, item.trick, item.place, item.text, item.annex) for item in items)


def read_look_alikes(path: Path = OVERBLOCKING) -> tuple[LookAlike, ...]:
    """The look-alikes of a file. Raises DeclarationError or MissingData."""
    items = read_json(path, _OverblockingFile).documents
    return tuple(LookAlike(item.id, item.word, item.title, item.text, item.question) for item in items)


def version_of(generator: str, path: Path) -> str:
    """The version of a generator together with what it plants."""
    return f"{generator}/{digest_of_bytes(read_text(path).encode('utf-8'))[:12]}"
