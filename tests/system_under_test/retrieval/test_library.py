"""A library that was changed step by step is the library that would be built of the same documents."""

from collections.abc import Sequence
from datetime import date, timedelta
from types import ModuleType

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from system_under_test.nouns import Document
from system_under_test.retrieval.lexicon import Lexicon
from system_under_test.retrieval.library import EMPTY, Library, Record, Shelf, build_library, prepared, rearranged
from system_under_test.retrieval.sparse import SparseEncoder

FIRST_DAY = date(2026, 6, 1)
TEXTS = ("Annual leave is long.", "# Pay\n\nPay is monthly. Night pay is more.", "Pension " * 200, "<!-- nothing -->")


def same_record(one: Record, other: Record) -> bool:
    """Whether two records agree in everything."""
    arrays = ("terms", "weights", "neighbours", "head", "whole", "vector", "gist", "sentence_vectors")
    return (one.passage, one.status, one.sentences) == (other.passage, other.status, other.sentences) and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays
    )


def same_shelf(one: Shelf, other: Shelf) -> bool:
    """Whether two shelves agree in everything but the order of what has no order."""
    return (
        one.holdings == other.holdings
        and one.records.keys() == other.records.keys()
        and all(same_record(record, other.records[name]) for name, record in one.records.items())
        and one.statistics == other.statistics
        and words(one) == words(other)
        and one.turn == other.turn
    )


def words(shelf: Shelf) -> dict[str, set[Document]]:
    """The vocabulary, without the order of the documents of a word."""
    return {word: set(documents) for word, documents in shelf.vocabulary.items()}


def built(fakes: ModuleType, documents: Sequence[Document], today: date | None = FIRST_DAY) -> Library:
    """The library of documents."""
    encoder = SparseEncoder()
    return build_library(documents, fakes.WordEmbedder(), encoder, Lexicon(encoder), today)


NAMES = st.sampled_from(["a", "b", "c", "d"])
DATES = st.sampled_from(["", "2026-06-01", "2026-06-02", "2026-06-04"])
PUTS = st.tuples(st.just("put"), NAMES, st.sampled_from(TEXTS), st.none() | NAMES, DATES, DATES)
CHANGES = st.one_of(PUTS, st.tuples(st.just("remove"), NAMES), st.just(("next day",)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CHANGES, max_size=12))
def test_changes_in_any_order_give_what_building_gives(fakes: ModuleType, changes: list[tuple[str, ...]]) -> None:
    encoder, today, shelf = SparseEncoder(), FIRST_DAY, EMPTY
    lexicon = Lexicon(encoder)
    documents: dict[str, Document] = {}
    for kind, *arguments in changes:
        if kind == "put":
            name, text, older, begin, end = arguments
            replaced = None if older == name else older
            document = fakes.make_document(
                name, tenant="acme", text=text, supersedes=replaced, valid_from=begin, valid_until=end
            )
            documents[name] = document
            shelf = rearranged(shelf, (), prepared([document], fakes.WordEmbedder(), encoder, lexicon), today)
        elif kind == "remove":
            documents.pop(arguments[0], None)
            shelf = rearranged(shelf, {arguments[0]}, (), today)
        else:
            today += timedelta(days=1)
            shelf = rearranged(shelf, (), (), today)

    expected = built(fakes, list(documents.values()), today).shelves.get("acme", EMPTY)

    assert same_shelf(shelf, expected)


def test_what_does_not_change_keeps_its_very_records(fakes: ModuleType) -> None:
    documents = [fakes.make_document(f"acme/{name}") for name in "ab"]
    before = built(fakes, [*documents, fakes.make_document("other/a")])

    after = before.changed("acme", rearranged(before.shelves["acme"], {"acme/a"}, (), FIRST_DAY))

    kept = before.shelves["acme"].holdings["acme/b"].passages[0]
    assert after.shelves["other"] is before.shelves["other"]
    assert after.shelves["acme"].records[kept] is before.shelves["acme"].records[kept]
    assert before.shelves["acme"].holdings.keys() == {"acme/a", "acme/b"}


def test_a_record_is_found_among_its_own_tenants_only(fakes: ModuleType) -> None:
    library = built(fakes, [fakes.make_document("acme/a"), fakes.make_document("other/a")])
    name = library.shelves["acme"].holdings["acme/a"].passages[0]

    assert library.record(["acme"], name) is library.records[name]
    assert library.record(["other", "nobody"], name) is None
    assert library.record(["acme", "other"], name) is not None


def test_a_document_without_words_has_no_passages_and_is_still_held(fakes: ModuleType) -> None:
    library = built(fakes, [fakes.make_document("acme/empty", text="<!-- nothing -->")])

    assert library.shelves["acme"].holdings["acme/empty"].status == "current"
    assert all(library.records[name] for name in library.shelves["acme"].holdings["acme/empty"].passages)


def test_the_vectors_of_a_document_share_no_memory_with_those_of_others(fakes: ModuleType) -> None:
    library = built(fakes, [fakes.make_document("acme/a"), fakes.make_document("acme/b")])

    one, other = library.records.values()

    assert one.vector.base is not other.vector.base
    assert one.sentence_vectors.base is not other.sentence_vectors.base
