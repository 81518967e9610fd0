"""Who may see which document: the scope of a principal, and the pure decision that every engine must agree with."""

from dataclasses import dataclass, replace

from system_under_test.errors import ScopeError
from system_under_test.nouns import CLASSIFICATIONS, Classification, Document, Principal


@dataclass(frozen=True, slots=True)
class Scope:
    """What one retrieval may see. It cannot be empty, so it can never become an empty filter.

    Raises ScopeError if a field is empty or is not made of non-empty strings.
    """

    tenants: frozenset[str]
    """Exactly one in the ordinary system; several only in the deliberately faulty one that the harness must catch."""
    groups: frozenset[str]
    clearance: Classification

    def __post_init__(self) -> None:
        """Refuse what would select more than it says."""
        _refuse_malformed("tenants", self.tenants)
        _refuse_malformed("groups", self.groups)
        if self.clearance not in CLASSIFICATIONS:
            raise ScopeError(f"clearance {self.clearance!r} is not one of {', '.join(CLASSIFICATIONS)}")

    @property
    def level(self) -> int:
        """The clearance as a number, 0 (public) to 3 (restricted)."""
        return CLASSIFICATIONS.index(self.clearance)

    def each(self) -> list["Scope"]:
        """The scope of each of its tenants alone, in their order."""
        return [replace(self, tenants=frozenset({tenant})) for tenant in sorted(self.tenants)]

    @property
    def tenant(self) -> str:
        """Its one tenant. Raises ScopeError if there are several: no engine is asked for them at once."""
        if len(self.tenants) != 1:
            raise ScopeError("an engine is asked within one tenant at a time")
        return next(iter(self.tenants))


def scope_of(principal: Principal) -> Scope:
    """The scope of an authenticated principal: its one tenant, its groups, its clearance.

    Raises ScopeError if the tenant is empty or not a string, or if there is no group.
    """
    if not isinstance(principal.tenant, str):
        raise ScopeError(f"tenant must be one string, not {type(principal.tenant).__name__}")
    return Scope(tenants=frozenset({principal.tenant}), groups=principal.groups, clearance=principal.clearance)


def level_of(classification: str) -> int:
    """The class of a document as a number, 0 (public) to 3 (restricted); an unknown class counts as the highest."""
    for level, known in enumerate(CLASSIFICATIONS):
        if classification == known:
            return level
    return len(CLASSIFICATIONS) - 1


def allowed(scope: Scope, document: Document) -> bool:
    """Whether the scope admits the document.

    The tenant is equal, the clearance reaches the class, a group is allowed, and no group is denied. No allowed group
    means nobody; deny wins over allow.
    """
    return (
        document.tenant in scope.tenants
        and scope.level >= level_of(document.classification)
        and not scope.groups.isdisjoint(document.allow_groups)
        and scope.groups.isdisjoint(document.deny_groups)
    )


def _refuse_malformed(name: str, values: frozenset[str]) -> None:
    # A bare string would iterate as its letters, and an empty set would select everything in some engines.
    if not isinstance(values, frozenset) or not values:
        raise ScopeError(f"{name} must be a non-empty frozenset")
    if not all(isinstance(value, str) and value for value in values):
        raise ScopeError(f"{name} must hold non-empty strings only")
