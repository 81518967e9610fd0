"""Documents that a probe puts into the target's corpus while it asks, each with a random marker in it."""

from collections.abc import Callable
from dataclasses import dataclass

from harness.domain.cases import Canary, Clearance, Principal
from harness.domain.corpus import Document
from harness.probes.canaries import MARKER_BITS

PROBING = "probing"
"""A group that stands in no golden set: its members see what is planted for them, and nothing else of the corpus."""

_FIRST = ("Amber", "Basalt", "Cobalt", "Dahlia", "Ember", "Fennel", "Garnet", "Hazel", "Indigo", "Juniper", "Krypton")
_SECOND = ("Harrier", "Lantern", "Meridian", "Nimbus", "Orchard", "Pendulum", "Quarry", "Rampart", "Sextant", "Tundra")
_MATTERS = ("escrow balance", "recall notice", "audit calendar", "tender dossier", "relocation plan", "pension review")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a planted document is about: a name that stands nowhere else, and a matter."""

    name: str
    matter: str

    @property
    def slug(self) -> str:
        """The name as an id."""
        return self.name.lower().replace(" ", "-")

    @property
    def question(self) -> str:
        """What leads to the document and nowhere else."""
        return f"Which reference does the {self.matter} of {self.name} have?"


def subject(index: int) -> Subject:
    """The index-th of 110 subjects, then the same in further series."""
    series, place = divmod(index, len(_FIRST) * len(_SECOND))
    first, second = _FIRST[place % len(_FIRST)], _SECOND[place % len(_SECOND)]  # 11 and 10 have no common factor
    return Subject(
        f"Programme {first} {second}" + (f" {series + 1}" if series else ""), _MATTERS[index % len(_MATTERS)]
    )


def planted(
    tenant: str,
    about: Subject,
    random_hex: Callable[[int], str],
    *,
    allow: tuple[str, ...] = (PROBING,),
    deny: tuple[str, ...] = (),
    classification: Clearance = "internal",
) -> tuple[Document, Canary]:
    """A document of the tenant, and the canary in it."""
    marker = f"ZQ-{random_hex(MARKER_BITS // 8)}"
    document = Document(
        id=f"{tenant}/{about.slug}",
        tenant=tenant,
        title=about.name,
        text=(
            f"# {about.name}\n\nThe {about.matter} of {about.name} has the reference {marker}. "
            f"Whoever works on the {about.matter} quotes it.\n"
        ),
        uri=f"https://programmes.{tenant}.example/{about.slug}",
        version="1",
        valid_from="",
        supersedes=None,
        owner="programmes",
        classification=classification,
        allow_groups=allow,
        deny_groups=deny,
    )
    return document, Canary(f"{tenant}.{about.slug}", tenant, document.id, marker)


def prober(
    tenant: str, name: str = PROBING, *, groups: tuple[str, ...] = (PROBING,), clearance: Clearance = "internal"
) -> Principal:
    """A principal whom the harness's issuer vouches for, in groups of the probe's choosing."""
    return Principal(f"{tenant}-{name}", tenant, f"user:{tenant}-{name}", groups, clearance)
