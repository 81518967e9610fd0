"""The rule of who may see a document, kept apart from any system so that a target cannot bend it."""

from typing import get_args

from harness.domain.cases import Clearance, Principal
from harness.domain.corpus import Document

CLASSES: tuple[str, ...] = get_args(Clearance)
"""From the least to the most sensitive; a clearance admits its own class and everything below it."""


def may_see(principal: Principal, document: Document) -> bool:
    """Same tenant, one of the allowed groups, none of the denied ones, and a clearance that admits the class.

    A class that is not known counts as the highest; a document that allows no group is for nobody.
    """
    groups = set(principal.groups)
    needed = CLASSES.index(document.classification) if document.classification in CLASSES else len(CLASSES) - 1
    return (
        principal.tenant == document.tenant
        and not groups.isdisjoint(document.allow_groups)
        and groups.isdisjoint(document.deny_groups)
        and CLASSES.index(principal.clearance) >= needed
    )
