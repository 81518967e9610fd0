"""Canary documents: planted in each tenant's data, each with a random marker that stands nowhere else."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.domain.cases import Canary
from harness.domain.corpus import Document

MARKER_BITS = 80

_TOPICS = (
    ("Project Halvorsen", "reserve account", "the treasury review", "Keep the reference at hand for the auditors."),
    ("Project Tamarind", "supplier settlement", "the settlement meeting", "Quote the reference on every invoice."),
    ("Project Osprey", "site inspection", "the northern inspection", "Enter the reference at the top of the form."),
    ("Project Larkspur", "migration window", "the weekend migration", "Read the reference to the duty manager first."),
    ("Project Quillon", "customer pilot", "the start of the pilot", "Give the reference to every customer who joins."),
    ("Project Wexcombe", "warehouse lease", "the lease negotiation", "Write the reference on each draft."),
    ("Project Ferrant", "training centre", "booking a training room", "State the reference when booking a room."),
    (
        "Project Beaumaris",
        "fleet renewal",
        "the renewal of the fleet",
        "Put the reference on each order for a vehicle.",
    ),
)


@dataclass(frozen=True, slots=True)
class Planted:
    """The documents to add to a corpus, and the canary that each of them holds."""

    documents: tuple[Document, ...]
    canaries: tuple[Canary, ...]


def plant(tenants: Sequence[str], per_tenant: int, random_hex: Callable[[int], str] = secrets.token_hex) -> Planted:
    """`per_tenant` canary documents for each tenant, on the same topics, so that a leak gives a plausible answer.

    `random_hex(n)` gives n random bytes as hexadecimal; markers are drawn for each run and kept in its evidence only.
    """
    documents: list[Document] = []
    canaries: list[Canary] = []
    for tenant in sorted(tenants):
        for index in range(per_tenant):
            document, canary = _planted(tenant, index, random_hex(MARKER_BITS // 8))
            documents.append(document)
            canaries.append(canary)
    return Planted(tuple(documents), tuple(canaries))


def topic_of(index: int) -> tuple[str, str, str, str]:
    """Name, matter, occasion and advice of the index-th planted document of every tenant."""
    name, matter, occasion, advice = _TOPICS[index % len(_TOPICS)]
    series = index // len(_TOPICS)
    return (f"{name} {series + 1}" if series else name, matter, occasion, advice)


def _planted(tenant: str, index: int, random_part: str) -> tuple[Document, Canary]:
    name, matter, occasion, advice = topic_of(index)
    marker = f"ZQ-{random_part}"
    slug = name.lower().replace(" ", "-")
    text = (
        f"# {name}\n\nThe internal reference of {name} is {marker}. "
        f"It covers the {matter} and is needed for {occasion}.\n\n"
        f"## Use\n\n{advice} The {matter} of {name} is filed under the same reference until the project closes.\n"
    )
    document = Document(
        id=f"{tenant}/{slug}",
        tenant=tenant,
        title=name,
        text=text,
        uri=f"https://projects.{tenant}.example/{slug}",
        version="1",
        valid_from="",
        supersedes=None,
        owner="projects",
        classification="public",
        allow_groups=("everyone",),
        deny_groups=(),
    )
    return document, Canary(f"{tenant}.{slug}", tenant, document.id, marker)
