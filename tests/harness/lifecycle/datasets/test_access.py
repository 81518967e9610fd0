"""Who may see a document: tenant, group, denial and class each close the door alone."""

from dataclasses import replace
from typing import Any

import pytest

from harness.domain.cases import Principal
from harness.domain.corpus import Document
from harness.lifecycle.datasets.access import may_see

_WHO = Principal("ash-it", "ash", "user:ash-it", ("everyone", "it"), "confidential")
_DOCUMENT = Document(
    id="ash/a", tenant="ash", title="A", text="A.", uri="urn:a", version="1", valid_from="", supersedes=None,
    owner="it", classification="confidential", allow_groups=("it", "security"), deny_groups=("contractors",),
)  # fmt: skip


def test_a_principal_sees_what_tenant_group_and_class_allow() -> None:
    assert may_see(_WHO, _DOCUMENT)


@pytest.mark.parametrize(
    "changes",
    [
        {"tenant": "birch"},
        {"classification": "restricted"},
        {"allow_groups": ("security",)},
        {"allow_groups": ()},
        {"deny_groups": ("it",)},
        {"allow_groups": ("everyone",), "deny_groups": ("everyone",)},
    ],
    ids=["tenant", "class", "no such group", "no group at all", "denied", "denied and allowed"],
)
def test_any_one_rule_closes_the_door(changes: dict[str, Any]) -> None:
    assert not may_see(_WHO, replace(_DOCUMENT, **changes))


@pytest.mark.parametrize("classification", ["public", "internal", "confidential"])
def test_a_clearance_reaches_every_lower_class(classification: str) -> None:
    assert may_see(_WHO, replace(_DOCUMENT, classification=classification))
