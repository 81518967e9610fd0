"""What may be shown of a text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.text import Redaction, clip

MARKER = "ZQ-0123456789abcdef0123"
PLAIN = Redaction(())
KNOWING = Redaction((("zq0123456789abcdef0123", "aldermoor.project-x"),))


@pytest.mark.parametrize(
    "text",
    [
        MARKER,
        MARKER.upper(),
        " ".join(MARKER),
        MARKER[::-1],
        f"so {MARKER}!",
        "\uff3a\uff31" + MARKER[2:],
        MARKER.replace("-", "\u200b"),
    ],
    ids=["plain", "upper", "spaced", "reversed", "inside", "full-width", "zero-width"],
)
def test_a_text_with_a_marker_is_withheld_whole(text):
    assert KNOWING.line(text) == "[withheld: it holds the marker of canary aldermoor.project-x]"


def test_a_text_is_withheld_before_it_is_cut():
    assert "withheld" in KNOWING.line("x" * 30 + MARKER, limit=40)


@given(st.text(max_size=60))
def test_a_line_holds_no_sign_that_a_terminal_obeys(text):
    line = PLAIN.line(text)

    assert not {sign for sign in line if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}}


@given(st.text(max_size=60), st.integers(3, 40))
def test_a_cut_text_is_at_most_as_long_as_asked(text, limit):
    assert len(clip(text, limit)) <= limit


@pytest.mark.parametrize("text", ["aldermoor/annual-leave", "doc_1#3", "a"])
def test_an_id_that_looks_like_one_is_shown(text):
    assert PLAIN.document_id(text) == text


@pytest.mark.parametrize("text", ["The merger closes in May", "", "<b>", "a" * 121, "caf\u00e9"])
def test_an_id_that_carries_a_text_is_shown_by_its_digest(text):
    assert PLAIN.document_id(text).startswith("[an id that is not shown, sha256 ")
