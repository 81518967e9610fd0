"""Sentence spans: where a sentence ends and where it does not."""

import pytest

from system_under_test.retrieval.markdown import blocks_of
from system_under_test.retrieval.sentences import sentence_spans


def split(text: str) -> list[str]:
    """The sentences of all blocks of a text."""
    return [text[start:end] for block in blocks_of(text) for start, end in sentence_spans(text, block)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        pytest.param(
            "It is 27 days. Ask early!  Why? Because.", ["It is 27 days.", "Ask early!", "Why?", "Because."], id="ends"
        ),
        pytest.param("Pay 3.5 per cent. See No. 5 there.", ["Pay 3.5 per cent.", "See No. 5 there."], id="numbers"),
        pytest.param("The answer is no. Then go.", ["The answer is no.", "Then go."], id="no-as-a-word"),
        pytest.param("Ask Dr. Smith, e.g. Monday. Go.", ["Ask Dr. Smith, e.g. Monday.", "Go."], id="abbreviations"),
        pytest.param("J. Smith pays. A. Jones too.", ["J. Smith pays.", "A. Jones too."], id="initials"),
        pytest.param('He said "Stop." Then left.', ['He said "Stop."', "Then left."], id="quotes"),
        pytest.param("**Bold.** *Next.* Last.", ["**Bold.**", "*Next.*", "Last."], id="emphasis"),
        pytest.param("One line.\nNext\nline.", ["One line.", "Next\nline."], id="soft-line-end"),
        pytest.param("First  \nSecond\\\nThird", ["First", "Second", "Third"], id="hard-line-end"),
        pytest.param("# Head\n\n- one\n- two. Three.", ["one", "two.", "Three."], id="list"),
        pytest.param("> Said. \n> More.", ["Said.", "More."], id="quote"),
        pytest.param("| a | b |\n|---|---|\n| c. D | e |", ["a | b", "c. D | e"], id="table-rows-are-whole"),
        pytest.param("Costs ... more. then less.", ["Costs ... more. then less."], id="lower-case-goes-on"),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, sentences: list[str]) -> None:
    assert split(text) == sentences
