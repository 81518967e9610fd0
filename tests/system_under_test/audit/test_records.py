"""Pseudonyms and the fields of a record."""

import json
from dataclasses import asdict

from hypothesis import given, settings
from hypothesis import strategies as st

from system_under_test.audit.records import CitedQuote, Pseudonyms, Record, RetrievedPassage, sha256_of

NAMES = Pseudonyms(b"a" * 32)


def test_a_pseudonym_is_stable_and_hides_the_value() -> None:
    first, second = NAMES.of("acme", "subject", ["alice"]), NAMES.of("acme", "subject", ["alice"])

    assert first == second
    assert len(first) == 64
    assert first != sha256_of("alice")


def test_a_pseudonym_depends_on_tenant_kind_and_key() -> None:
    one = NAMES.of("acme", "subject", ["alice"])

    assert one != NAMES.of("globex", "subject", ["alice"])
    assert one != NAMES.of("acme", "token", ["alice"])
    assert one != Pseudonyms(b"b" * 32).of("acme", "subject", ["alice"])


@settings(max_examples=100)
@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_different_values_have_different_pseudonyms(left: list[str], right: list[str]) -> None:
    assert (NAMES.of("t", "groups", left) == NAMES.of("t", "groups", right)) == (left == right)


def test_a_record_says_nothing_about_what_did_not_happen() -> None:
    fields = Record("r", "answer", "unauthenticated", 401, reason="type_wrong").fields()

    assert {name for name, value in fields.items() if value is not None} == {
        "record_id",
        "endpoint",
        "outcome",
        "status",
        "reason",
    }


def test_the_fields_of_a_record_are_json_all_the_way_down() -> None:
    record = Record(
        "r",
        "answer",
        "answered",
        200,
        retrieved=(RetrievedPassage("p", "acme/leave", "1", 1, 0.5),),
        citations=(CitedQuote("p", "q" * 64),),
        timings_ms={"total": 1.0},
    )

    fields = record.fields()

    assert json.loads(json.dumps(fields)) == fields
    assert fields == json.loads(json.dumps(asdict(record)))
