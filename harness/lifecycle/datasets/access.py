"""Who may see a document: the rule that the corpus declares, written once for every check of a dataset."""

from harness.domain.cases import Principal
from harness.domain.corpus import Document

_LEVELS = ("public", "internal", "confidential", "restricted")


def may_see(principal: Principal, document: Document) -> bool:
    """Same tenant, a group that is allowed, no group that is denied, and a clearance that reaches the class."""
    groups = frozenset(principal.groups)
    return (
        principal.tenant == document.tenant
        and not groups.isdisjoint(document.allow_groups)
        and groups.isdisjoint(document.deny_groups)
        and _LEVELS.index(principal.clearance) >= _LEVELS.index(document.classification)
    )
