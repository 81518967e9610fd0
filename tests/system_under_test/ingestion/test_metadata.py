"""Front matter and sidecars, read strictly."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from system_under_test.ingestion.faults import FileFault
from system_under_test.ingestion.metadata import Metadata, parse_metadata, split_front_matter

WHOLE = """\
id: acme/leave-2
title: "Leave: the policy"
owner: hr
classification: internal
allow_groups: [staff, 'works council']
deny_groups: []
version: 1.10
valid_from: 2026-01-31
valid_until: 2027-01-31
supersedes: acme/leave-1
uri: https://intranet.example/leave
"""


def test_every_key_is_read_as_text() -> None:
    metadata = parse_metadata(WHOLE, "front matter", 1)

    assert metadata == Metadata(
        id="acme/leave-2",
        title="Leave: the policy",
        owner="hr",
        classification="internal",
        allow_groups=frozenset({"staff", "works council"}),
        deny_groups=frozenset(),
        version="1.10",
        valid_from="2026-01-31",
        valid_until="2027-01-31",
        supersedes="acme/leave-1",
        uri="https://intranet.example/leave",
    )


@pytest.mark.parametrize("text", ["", "# only a comment\n"], ids=["empty", "comment"])
def test_metadata_without_a_key_says_nothing(text: str) -> None:
    assert parse_metadata(text, "x", 0) == Metadata()


def test_supersedes_may_be_nothing() -> None:
    assert parse_metadata("supersedes: null", "x", 0).supersedes is None


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("owner: hr\nower: it", "line 3", "unknown key 'ower', perhaps 'owner'"),
        ("owner: hr\nowner: it", "line 3", "key 'owner' is there twice"),
        ("- owner", "line 2", "is not a mapping"),
        ("owner: [hr]", "line 2", "owner must be text"),
        ("owner: ''", "line 2", "owner is empty"),
        ("owner:", "line 2", "owner must be text, and not empty"),
        ("owner: ~", "line 2", "owner must be text"),
        ("owner: !!python/object:os.system hr", "line 2", "owner must be text"),
        ('title: "a\\u202eb"', "line 2", "one printable line"),
        ('title: "a\\nb"', "line 2", "one printable line"),
        (f"title: {'a' * 501}", "line 2", "at most 500"),
        ("allow_groups: staff", "line 2", "allow_groups must be a list"),
        ("allow_groups:\n- staff\n- [x]", "line 4", "allow_groups must be text"),
        ("allow_groups: ['']", "line 2", "allow_groups is empty"),
        ("classification: secret", "line 2", "classification must be one of public"),
        ("valid_from: 20260131", "line 2", "valid_from must be a date"),
        ("valid_until: 2026-02-30", "line 2", "valid_until must be a date"),
        ("uri: javascript:alert(1)", "line 2", "uri must be http"),
        ("uri: file:///etc/passwd", "line 2", "uri must be http"),
        ("uri: 'http://[::1'", "line 2", "uri cannot be read"),
        ("owner: hr\n  bad: [", "line 3", "is not YAML"),
        ("<<: {owner: hr}", "line 2", "unknown key '<<'"),
        ("owner: hr\n---\nowner: it", "line 3", "is not YAML"),
        ("[" * 51, "", "more than 50 opening brackets"),
        ("- " * 5_000, "", "is not YAML"),
    ],
)
def test_a_fault_is_told_with_its_line(text: str, place: str, reason: str) -> None:
    with pytest.raises(FileFault) as caught:
        parse_metadata(text, "front matter", 1)

    assert caught.value.code == "metadata"
    assert place in caught.value.detail
    assert reason in caught.value.detail


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("ownerid: -[]{}'\"&*!|>\n\t#%@~0\u202e\ud800"), max_size=60))
def test_no_text_makes_anything_but_metadata_or_a_fault(text: str) -> None:
    try:
        metadata = parse_metadata(text, "x", 0)
    except FileFault:
        return

    assert isinstance(metadata, Metadata)


def test_front_matter_is_split_from_the_body() -> None:
    assert split_front_matter("---\nowner: hr\n---\n\n# Title\n", 100) == ("owner: hr\n", "# Title\n")
    assert split_front_matter("---\nowner: hr\n...\nText", 100) == ("owner: hr\n", "Text")
    assert split_front_matter("---\n---\nText", 100) == ("", "Text")


@pytest.mark.parametrize("text", ["# Title\n---\n", "----\n", "\n----\n"])
def test_a_text_that_does_not_begin_with_the_mark_has_no_front_matter(text: str) -> None:
    assert split_front_matter(text, 100) == (None, text)


@pytest.mark.parametrize("text", ["---\nowner: hr\n", f"---\n{'#' * 200}\n---\n"], ids=["open", "beyond-the-limit"])
def test_front_matter_that_does_not_end_is_refused(text: str) -> None:
    with pytest.raises(FileFault, match="no closing line"):
        split_front_matter(text, 100)


@pytest.mark.parametrize("before", ["\n", " \n\n", " "])
def test_front_matter_that_begins_late_is_refused_and_never_published(before: str) -> None:
    with pytest.raises(FileFault, match="first line"):
        split_front_matter(f"{before}---\nallow_groups: [hr]\n---\n# Pay\n", 1_000)
