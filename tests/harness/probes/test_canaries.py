"""Canary documents: one marker each, never the same twice, and nothing in them that tells tenants apart."""

from harness.probes.canaries import MARKER_BITS, plant


def test_every_planted_document_holds_its_marker_and_no_other() -> None:
    planted = plant(("north", "south"), 10)

    for document, canary in zip(planted.documents, planted.canaries, strict=True):
        held = [other.id for other in planted.canaries if other.marker in document.text]
        assert (held, canary.document, canary.tenant) == ([canary.id], document.id, document.tenant)


def test_markers_are_drawn_anew_for_each_planting() -> None:
    first, second = plant(("north",), 5), plant(("north",), 5)

    assert not {canary.marker for canary in first.canaries} & {canary.marker for canary in second.canaries}


def test_a_marker_has_at_least_64_random_bits() -> None:
    asked: list[int] = []

    plant(("north",), 1, lambda size: asked.append(size) or "00" * size)  # type: ignore[func-returns-value]

    assert MARKER_BITS >= 64
    assert asked == [MARKER_BITS // 8]


def test_ids_are_unique_and_the_same_topics_serve_every_tenant() -> None:
    planted = plant(("south", "north"), 20)

    ids = [document.id for document in planted.documents]
    titles = {
        tenant: [item.title for item in planted.documents if item.tenant == tenant] for tenant in ("north", "south")
    }

    assert len(set(ids)) == len(ids) == 40
    assert titles["north"] == titles["south"]
    assert len(set(titles["north"])) == 20


def test_every_member_of_a_tenant_may_see_what_is_planted() -> None:
    (document,) = plant(("north",), 1).documents

    assert (document.classification, document.allow_groups, document.deny_groups) == ("public", ("everyone",), ())
