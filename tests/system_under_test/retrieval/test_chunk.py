"""Passages: exact spans, nothing lost, sentences whole, ids that cannot collide between tenants."""

import re
import sys
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from system_under_test.errors import DocumentRefused
from system_under_test.retrieval.chunk import (
    _FEWEST_CHARACTERS,
    MOST_PASSAGES,
    SECTION_WORDS,
    WORDS,
    chunks_of,
    passage_id,
    refuse_too_many_passages,
)
from system_under_test.retrieval.document_form import document_of
from system_under_test.retrieval.markdown import LONGEST_HEADING

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


class Sliced(str):
    """A text that counts the characters that are copied out of it."""

    __slots__ = ("copied",)

    def __getitem__(self, key: Any) -> str:
        """The slice, counted."""
        part = super().__getitem__(key)
        self.copied = getattr(self, "copied", 0) + len(part)
        return part


CHUNKER = chunks_of.__code__.co_filename


def work_of(call: Callable[[], object]) -> int:
    """How many steps the interpreter makes in the chunker: the same each time."""
    steps = 0

    def step(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal steps
        steps += event == "opcode"
        return step

    def entered(frame: FrameType, _event: str, _argument: object) -> Any:
        if frame.f_code.co_filename != CHUNKER:
            return None
        frame.f_trace_opcodes = True
        return step

    before = sys.gettrace()
    sys.settrace(entered)
    try:
        call()
    finally:
        sys.settrace(before)
    return steps


HOSTILE = {
    "a paragraph of short sentences": (2_000, lambda n: "Ab. " * n),
    "sentences that are one word": (1_000, lambda n: "word " * (WORDS + 10) + "Ab.>" * n),
    "one long sentence": (10_000, lambda n: "a " * n),
    "one long word between sentences": (10_000, lambda n: "Ab. " * WORDS + "x" * n),
    "a long heading": (4_000, lambda n: "# " + "h" * n + "\n\n" + "a " * n),
    "a paragraph above a rule": (4_000, lambda n: "h " * n + "\n---\n" + "a " * n),
    "headings above one word": (200, lambda n: "# h\n\na\n\n" * n),
    "a list": (200, lambda n: "- a\n" * n),
    "a table": (200, lambda n: "| a |\n|---|\n" + "| b |\n" * n),
}


@pytest.mark.parametrize(("size", "text_of"), HOSTILE.values(), ids=HOSTILE.keys())
def test_twice_the_text_is_twice_the_work(fakes: ModuleType, size: int, text_of: Callable[[int], str]) -> None:
    costs, results = [], []
    for length in (size, 2 * size):
        text = Sliced(text_of(length))
        document = fakes.make_document(text=text)

        costs.append(work_of(lambda given=document: results.append(chunks_of(given))) + text.copied)  # type: ignore[misc]

    bulk = [sum(len(one.passage.text) + len(one.passage.heading) for one in result) for result in results]
    assert costs[1] <= 2.2 * costs[0]
    assert bulk[1] <= 2.2 * bulk[0]


def test_what_is_too_long_for_a_heading_is_prose_and_none_of_it_is_lost(fakes: ModuleType) -> None:
    longest, longer = ("h" * (LONGEST_HEADING + more) for more in (0, 1))

    chunks = chunks_of(fakes.make_document(text=f"# {longest}\n\n" + "Text. " * 200 + f"\n\n# {longer}\n\nMore."))

    assert {one.passage.heading for one in chunks} == {longest}
    assert any(longer in one.passage.text for one in chunks)


@pytest.mark.slow
def test_a_document_of_too_many_passages_is_refused_at_the_border_with_the_limit(fakes: ModuleType) -> None:
    most = "a " * (WORDS * MOST_PASSAGES)
    refuse_too_many_passages(most)
    members = fakes.as_line(fakes.make_document(text=most + "b"))

    with pytest.raises(DocumentRefused, match="more than 10,000 passages: divide the document") as caught:
        document_of(members)

    assert caught.value.member == "text"


def test_no_text_that_is_too_short_to_be_counted_makes_too_many_passages(fakes: ModuleType) -> None:
    # The most passages for their length: sections of just enough words to begin another passage.
    section = "a " * SECTION_WORDS
    text = "".join(f"# {number % 10}\n{section}\n" for number in range(50))
    chunks = chunks_of(fakes.make_document(text=text))

    shortest = min(first.passage.end - first.passage.start for first in chunks)

    assert len(chunks) == 50
    assert shortest >= _FEWEST_CHARACTERS
