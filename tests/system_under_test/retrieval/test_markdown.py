"""Blocks with exact offsets, and Markdown as plain words."""

import pytest

from system_under_test.retrieval.markdown import blocks_of, plain


def test_leaf_blocks_are_found_with_their_headings() -> None:
    text = (
        "# Leave\n\nFirst.\n\n## Days\n\n- one\n  - two\n\n> said\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n---\n\n# Pay\n\nLast."
    )

    found = [(block.kind, text[block.content : block.end], block.headings) for block in blocks_of(text)]

    assert found == [
        ("heading", "Leave", ("Leave",)),
        ("prose", "First.", ("Leave",)),
        ("heading", "Days", ("Leave", "Days")),
        ("prose", "one", ("Leave", "Days")),
        ("prose", "two", ("Leave", "Days")),
        ("prose", "said", ("Leave", "Days")),
        ("other", "a | b |", ("Leave", "Days")),
        ("other", "1 | 2 |", ("Leave", "Days")),
        ("heading", "Pay", ("Pay",)),
        ("prose", "Last.", ("Pay",)),
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_offsets_are_exact_with_every_line_end_and_with_characters_that_only_look_like_one(line_end: str) -> None:
    text = line_end.join(["# A", "", "one\x0ctwo\u2028three\x85four", "", "five \U0001f4a1 six", "", "seven"])

    found = [text[block.start : block.end] for block in blocks_of(text)]

    assert found == ["# A", "one\x0ctwo\u2028three\x85four", "five \U0001f4a1 six", "seven"]


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        pytest.param("**Bold:** and *em* and `code`", "Bold: and em and code", id="emphasis"),
        pytest.param("see [the page](https://a.example/x) now", "see the page now", id="link"),
        pytest.param("- [ ] item\n1. first\n## Head", "item first Head", id="markers"),
        pytest.param("| a | b |\n|---|:-:|\n| c | -5 |", "a b c -5", id="table"),
        pytest.param("snake_case and _em_ and 5 > 3 and C#", "snake_case and em and 5 > 3 and C#", id="kept"),
        pytest.param("a\n\n---\n\nb", "a b", id="rule"),
        pytest.param(r"\*Rates apply", "Rates apply", id="escape"),
    ],
)
def test_plain_words_have_no_markup(markdown: str, words: str) -> None:
    assert plain(markdown) == words
