"""The pure decision, and scopes that cannot be empty."""

from itertools import combinations, product
from types import ModuleType

import pytest

from system_under_test.errors import ScopeError
from system_under_test.nouns import CLASSIFICATIONS
from system_under_test.retrieval.access import Scope, allowed, level_of, scope_of

SUBSETS = [frozenset(chosen) for size in range(3) for chosen in combinations(("g1", "g2"), size)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, True, id="allowed"),
        pytest.param({"tenant": "other"}, False, id="another-tenant"),
        pytest.param({"classification": "confidential"}, False, id="above-the-clearance"),
        pytest.param({"classification": "internal"}, True, id="at-the-clearance"),
        pytest.param({"classification": "secret"}, False, id="an-unknown-class-is-the-highest"),
        pytest.param({"classification": "Public"}, False, id="a-class-is-compared-exactly"),
        pytest.param({"allow_groups": frozenset()}, False, id="no-allowed-group-is-nobody"),
        pytest.param({"allow_groups": frozenset({"g3"})}, False, id="other-groups-only"),
        pytest.param({"deny_groups": frozenset({"g2"})}, False, id="deny-wins"),
        pytest.param({"deny_groups": frozenset({"g3"})}, True, id="a-denied-group-of-others"),
    ],
)
def test_the_decision_needs_tenant_clearance_allow_and_no_deny(
    fakes: ModuleType, changes: dict[str, object], expected: bool
) -> None:
    document = fakes.make_document(**({"allow_groups": frozenset({"g1"})} | changes))
    scope = Scope(frozenset({"acme"}), frozenset({"g1", "g2"}), "internal")

    assert allowed(scope, document) is expected


def test_more_clearance_never_takes_a_document_away(fakes: ModuleType) -> None:
    for classification, allow, deny in product((*CLASSIFICATIONS, "secret"), SUBSETS, SUBSETS):
        document = fakes.make_document(classification=classification, allow_groups=allow, deny_groups=deny)

        decisions = [
            allowed(Scope(frozenset({"acme"}), frozenset({"g1"}), clearance), document) for clearance in CLASSIFICATIONS
        ]

        assert decisions == sorted(decisions)


@pytest.mark.parametrize("tenants", [frozenset(), frozenset({""}), "acme", ["acme"], None, frozenset({7})])
def test_a_scope_without_a_proper_tenant_is_refused(tenants: object) -> None:
    with pytest.raises(ScopeError, match="tenants"):
        Scope(tenants, frozenset({"g1"}), "public")  # type: ignore[arg-type]


@pytest.mark.parametrize("groups", [frozenset(), frozenset({""}), "g1", [], None])
def test_a_scope_without_groups_is_refused(groups: object) -> None:
    with pytest.raises(ScopeError, match="groups"):
        Scope(frozenset({"acme"}), groups, "public")  # type: ignore[arg-type]


def test_a_scope_with_an_unknown_clearance_is_refused() -> None:
    with pytest.raises(ScopeError, match="clearance"):
        Scope(frozenset({"acme"}), frozenset({"g1"}), "top")  # type: ignore[arg-type]


def test_the_scope_of_a_principal_has_exactly_its_tenant(fakes: ModuleType) -> None:
    principal = fakes.make_principal("acme", frozenset({"g1"}), "internal")

    assert scope_of(principal) == Scope(frozenset({"acme"}), frozenset({"g1"}), "internal")


@pytest.mark.parametrize("tenant", ["", None, ["acme"], ("acme", "other")], ids=["empty", "none", "list", "tuple"])
def test_a_principal_whose_tenant_is_not_one_string_has_no_scope(fakes: ModuleType, tenant: object) -> None:
    principal = fakes.make_principal(tenant)

    with pytest.raises(ScopeError):
        scope_of(principal)


@pytest.mark.parametrize(("name", "level"), [("public", 0), ("internal", 1), ("confidential", 2), ("restricted", 3)])
def test_classes_are_ordered(name: str, level: int) -> None:
    assert level_of(name) == level
