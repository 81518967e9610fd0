"""Passages: exact spans, nothing lost, sentences whole, ids that cannot collide between tenants."""

import re
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from system_under_test.retrieval.chunk import WORDS, chunks_of, passage_id

LINES = st.sampled_from(
    ["# Head", "## Part", "word " * 40 + "end.", "One. Two three. Four!", "- item", "  - inner", "> quote", "",
     "| a | b |", "|---|---|", "```", "---", "long " * 300, "e.g. X", "caf\u00e9 \U0001f4a1", "text  ", "\x0c"]
)  # fmt: skip


def test_a_heading_without_text_below_it_is_not_lost(fakes: ModuleType) -> None:
    document = fakes.make_document(text="Opening hours change\n---\n# Closing\nThe office closes at five.")

    served = " ".join(f"{chunk.passage.heading} {chunk.passage.text}" for chunk in chunks_of(document))

    assert "Opening hours change" in served


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINES, min_size=1, max_size=25), line_end=st.sampled_from(["\n", "\r\n"]))
def test_spans_are_exact_ordered_and_lose_no_word(fakes: ModuleType, lines: list[str], line_end: str) -> None:
    text = line_end.join(lines)
    document = fakes.make_document(text=text)

    chunks = chunks_of(document)

    end = 0
    for chunk in chunks:
        passage = chunk.passage
        assert document.text[passage.start : passage.end] == passage.text
        assert passage.start >= end
        end = passage.end
        inner = passage.start
        for first, last in chunk.sentences:
            assert inner <= first < last <= passage.end
            assert text[first:last].strip() == text[first:last]
            inner = last
    served = " ".join(f"{chunk.passage.heading} {chunk.passage.text}" for chunk in chunks)
    for word in set(re.findall(r"word|One|item|inner|quote|long|caf\u00e9", text)):
        assert word in served


def test_a_passage_ends_at_the_end_of_a_sentence(fakes: ModuleType) -> None:
    sentences = [f"Sentence number {number} has exactly these eleven plain words in it." for number in range(60)]
    document = fakes.make_document(text="# Long\n\n" + " ".join(sentences))

    chunks = chunks_of(document)

    assert len(chunks) == 5
    assert all(chunk.passage.text.endswith("in it.") for chunk in chunks)
    assert all(len(chunk.passage.text.split()) <= WORDS for chunk in chunks)
    assert [document.text[start:end] for chunk in chunks for start, end in chunk.sentences] == sentences


def test_only_a_sentence_that_is_longer_than_a_passage_is_cut(fakes: ModuleType) -> None:
    document = fakes.make_document(text="word " * (WORDS * 2 + 10))

    chunks = chunks_of(document)

    assert [len(chunk.passage.text.split()) for chunk in chunks] == [WORDS, WORDS, 10]


def test_small_sections_are_joined_and_large_ones_begin_a_passage(fakes: ModuleType) -> None:
    section = "A sentence of precisely eight words is here. " * 6
    text = f"# T\n\n## One\n\n{section}\n\n## Two\n\n{section}\n\n## Three\n\n{section}"

    chunks = chunks_of(fakes.make_document(text=text))

    assert [chunk.passage.heading for chunk in chunks] == ["T > One", "T > Three"]
    assert "## Two" in chunks[0].passage.text


def test_a_document_of_headings_alone_still_has_a_passage(fakes: ModuleType) -> None:
    chunks = chunks_of(fakes.make_document(text="# Only a heading"))

    assert [chunk.passage.text for chunk in chunks] == ["Only a heading"]


@pytest.mark.parametrize(
    ("other", "equal"),
    [
        pytest.param(("acme", "leave", 0, 9), True, id="the-same"),
        pytest.param(("other", "leave", 0, 9), False, id="another-tenant"),
        pytest.param(("acme", "leave", 0, 10), False, id="another-span"),
        pytest.param(("acme-leave", "", 0, 9), False, id="parts-shifted"),
    ],
)
def test_a_passage_id_depends_on_tenant_document_and_span(other: tuple[str, str, int, int], equal: bool) -> None:
    assert (passage_id("acme", "leave", 0, 9) == passage_id(*other)) is equal
