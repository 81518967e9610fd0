"""The retriever as the gateway meets it."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from types import ModuleType

import numpy as np
import pytest

from system_under_test.errors import AccessViolation, IndexFault, RequestError, ScopeError
from system_under_test.nouns import Document, Passage, Principal, Retrieved
from system_under_test.retrieval.access import Scope
from system_under_test.retrieval.chunk import chunks_of
from system_under_test.retrieval.edge import EdgeIndex
from system_under_test.retrieval.retriever import Retriever, build_retriever

SUBJECTS = ("annual leave", "sick leave", "night pay", "pension claim", "travel limit", "manager rota")
QUESTIONS = ("how many days of annual leave", "pension claim limit", "who writes the rota", "sick pay")


def corpus(fakes: ModuleType, tenant: str, days: int) -> list[Document]:
    """Six documents about the same subjects with one tenant's own figures; the same words at every tenant."""
    return [
        fakes.make_document(
            f"{tenant}/{number}",
            title=subject.capitalize(),
            text=f"# {subject}\n\nThe {subject} is {days + number} days. Ask the manager of {subject} first.",
        )
        for number, subject in enumerate(SUBJECTS)
    ]


def ids(retrieved: Retrieved) -> list[tuple[str, float]]:
    """Passage ids with scores, in order."""
    return [(ranked.passage.id, ranked.score) for ranked in retrieved.passages]


@pytest.fixture(scope="module")
def acme(fakes: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    """Acme's six documents, an older version of one, and another tenant's."""
    documents = corpus(fakes, "acme", 20)
    documents[0] = fakes.make_document("acme/0", title="Annual leave", text=documents[0].text, supersedes="acme/old")
    old = fakes.make_document("acme/old", title="Annual leave", text="# annual leave\n\nThe annual leave is 15 days.")
    index = EdgeIndex(tmp_path_factory.mktemp("acme"))
    retriever = fakes.make_retriever([*documents, old, *corpus(fakes, "other", 30)], index)
    yield retriever
    retriever.close()


def test_the_passage_that_answers_comes_first_with_rank_and_timings(fakes: ModuleType, acme: Retriever) -> None:
    retrieved = acme.search(fakes.make_principal(), "how many days of annual leave", 3)

    assert retrieved.passages[0].passage.document.id == "acme/0"
    assert [ranked.rank for ranked in retrieved.passages] == [1, 2, 3]
    assert set(retrieved.timings_ms) == {"retrieve", "rerank"}
    assert all(value >= 0 for value in retrieved.timings_ms.values())


def test_another_tenants_and_superseded_passages_are_never_returned(fakes: ModuleType, acme: Retriever) -> None:
    for question in (*QUESTIONS, "The annual leave is 15 days."):
        found = {ranked.passage.document.id for ranked in acme.search(fakes.make_principal(), question, 100).passages}

        assert found == {f"acme/{number}" for number in range(6)}


@pytest.mark.parametrize("top_k", [0, -1, 101])
def test_top_k_out_of_range_is_refused(fakes: ModuleType, acme: Retriever, top_k: int) -> None:
    with pytest.raises(RequestError, match="top_k"):
        acme.search(fakes.make_principal(), "leave", top_k)


@pytest.mark.parametrize("question", ["", " \n", "\ud800"], ids=["empty", "blank", "lone-surrogate"])
def test_a_question_without_words_is_refused(fakes: ModuleType, acme: Retriever, question: str) -> None:
    with pytest.raises(RequestError, match="question"):
        acme.search(fakes.make_principal(), question, 1)


@pytest.mark.parametrize(
    "question", ["what is the", "?!", "\x00 leave", "a" * 4000], ids=["stop", "marks", "nul", "long"]
)
def test_an_odd_question_is_still_answered(fakes: ModuleType, acme: Retriever, question: str) -> None:
    assert len(acme.search(fakes.make_principal(), question, 6).passages) == 6


def test_a_principal_without_tenant_or_groups_gets_an_error_and_nothing_else(
    fakes: ModuleType, acme: Retriever
) -> None:
    for principal in (fakes.make_principal(""), fakes.make_principal("acme", frozenset())):
        with pytest.raises(ScopeError):
            acme.search(principal, "leave", 5)


def test_an_unknown_tenant_gets_nothing(fakes: ModuleType, acme: Retriever) -> None:
    assert acme.search(fakes.make_principal("nobody"), "leave", 5).passages == ()
    assert acme.tenants() == {"acme", "other"}


def test_fewer_passages_are_the_beginning_of_more(fakes: ModuleType, acme: Retriever) -> None:
    principal = fakes.make_principal()

    for question in QUESTIONS:
        assert ids(acme.search(principal, question, 2)) == ids(acme.search(principal, question, 6))[:2]


def test_a_given_question_vector_changes_nothing(fakes: ModuleType, acme: Retriever) -> None:
    principal, question = fakes.make_principal(), QUESTIONS[0]

    given = acme.search(principal, question, 6, vector=acme.query_vector(question))

    assert ids(given) == ids(acme.search(principal, question, 6))


def test_other_tenants_and_the_order_of_ingestion_change_nothing(
    fakes: ModuleType, make_edge: Callable[[], EdgeIndex]
) -> None:
    own = corpus(fakes, "acme", 20)
    mixed = own + [document for number in range(20) for document in corpus(fakes, f"tenant-{number}", number)]
    Random(6).shuffle(mixed)
    alone, again, among = (fakes.make_retriever(documents, make_edge()) for documents in (own, own, mixed))

    for question in QUESTIONS:
        expected = ids(alone.search(fakes.make_principal(), question, 6))

        assert ids(again.search(fakes.make_principal(), question, 6)) == expected
        assert ids(among.search(fakes.make_principal(), question, 6)) == expected


def test_permission_for_more_never_reorders_what_was_seen_before(
    fakes: ModuleType, make_edge: Callable[[], EdgeIndex]
) -> None:
    documents = [
        fakes.make_document(d.id, title=d.title, text=d.text, allow_groups=frozenset({("staff", "managers")[n % 2]}))
        for n, d in enumerate(corpus(fakes, "acme", 20))
    ]
    retriever = fakes.make_retriever(documents, make_edge())
    less = fakes.make_principal("acme", frozenset({"staff"}))
    more = fakes.make_principal("acme", frozenset({"staff", "managers"}))

    for question in QUESTIONS:
        before = ids(retriever.search(less, question, 6))
        after = ids(retriever.search(more, question, 6))

        assert len(after) == 6
        assert [found for found in after if found in before] == before
        assert len(before) == 3


def test_an_index_that_ignores_the_scope_is_caught(fakes: ModuleType) -> None:
    own, foreign = fakes.make_document("acme/a"), fakes.make_document("other/a")
    superseded = fakes.make_document("acme/old")
    newer = fakes.make_document("acme/new", supersedes="acme/old")
    documents = [own, foreign, superseded, newer]

    def ask(passage_ids: Sequence[str]) -> Retrieved:
        retriever: Retriever = fakes.make_retriever(documents, fakes.FixedIndex(passage_ids))
        return retriever.search(fakes.make_principal(), "annual leave", 5)

    def passage_of(document: Document) -> str:
        return chunks_of(document)[0].passage.id

    assert len(ask([passage_of(own)]).passages) == 1
    for document in (foreign, superseded):
        with pytest.raises(AccessViolation):
            ask([passage_of(own), passage_of(document)])
    with pytest.raises(IndexFault):
        ask(["00000000-0000-0000-0000-000000000000"])


def test_a_faulty_scope_sees_the_tenants_that_it_names(fakes: ModuleType, make_edge: Callable[[], EdgeIndex]) -> None:
    def every_tenant(principal: Principal) -> Scope:
        return Scope(frozenset({"acme", "other"}), principal.groups, principal.clearance)

    documents = [*corpus(fakes, "acme", 20), *corpus(fakes, "other", 30)]
    leaky = fakes.make_retriever(documents, make_edge(), every_tenant)

    found = {ranked.passage.document.tenant for ranked in leaky.search(fakes.make_principal(), "leave", 12).passages}

    assert found == {"acme", "other"}


def test_sentences_are_verbatim_and_have_vectors(fakes: ModuleType, acme: Retriever) -> None:
    passages = [ranked.passage for ranked in acme.search(fakes.make_principal(), "annual leave", 2).passages]

    sentences = acme.sentences(passages)

    texts = {document.id: document for document in (passage.document for passage in passages)}
    by_id = {passage.id: passage for passage in passages}
    assert [sentence.text for sentence in sentences if sentence.passage_id == passages[0].id] == [
        "The annual leave is 20 days.",
        "Ask the manager of annual leave first.",
    ]
    for sentence in sentences:
        passage = by_id[sentence.passage_id]
        assert texts[passage.document.id].text[sentence.start : sentence.end] == sentence.text
        assert passage.start <= sentence.start < sentence.end <= passage.end
        assert sentence.vector.shape == (384,)
        assert sentence.vector.dtype == np.float32


def test_sentences_of_a_passage_that_was_not_retrieved_are_refused(fakes: ModuleType, acme: Retriever) -> None:
    passage = acme.search(fakes.make_principal(), "annual leave", 1).passages[0].passage
    foreign = acme.search(fakes.make_principal("other"), "annual leave", 1).passages[0].passage
    forged = Passage(foreign.id, passage.document, passage.heading, passage.text, passage.start, passage.end)
    unknown = Passage("unknown", passage.document, passage.heading, passage.text, passage.start, passage.end)

    for made_up in (forged, unknown):
        with pytest.raises(RequestError):
            acme.sentences([made_up])


def test_threads_of_two_tenants_get_what_each_gets_alone(fakes: ModuleType, acme: Retriever) -> None:
    asked = [(fakes.make_principal(tenant), question) for tenant in ("acme", "other") for question in QUESTIONS]
    expected = [ids(acme.search(principal, question, 6)) for principal, question in asked]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda pair: ids(acme.search(pair[0], pair[1], 6)), asked * 10))

    assert found == expected * 10


def test_digests_name_what_is_released_and_follow_the_corpus(fakes: ModuleType) -> None:
    documents = corpus(fakes, "acme", 20)
    digests = fakes.make_retriever(documents, fakes.FixedIndex([])).digests()

    changed = fakes.make_retriever(documents[1:], fakes.FixedIndex([])).digests()

    assert set(digests) == {"corpus", "corpus_metadata", "model_weights", "tokenizer", "index_parameters"}
    assert all(len(value) == 64 for value in digests.values())
    assert changed["corpus"] != digests["corpus"]
    assert changed["index_parameters"] == digests["index_parameters"]


def test_a_retriever_is_built_from_a_file_with_the_real_model(
    fakes: ModuleType, tmp_path: Path, model_cache: Path
) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "models").symlink_to(model_cache / "models")
    leave = fakes.make_document("acme/leave", text="# Leave\n\nEvery year you have 27 days of annual leave.")
    pay = fakes.make_document("acme/pay", title="Pay", text="# Pay\n\nWages arrive in your account on the 26th.")
    path = fakes.write_documents(tmp_path / "documents.jsonl", [leave, pay, fakes.make_document("other/leave")])
    retriever = build_retriever(path, tmp_path / "work", tmp_path / "cache")

    first = [
        retriever.search(fakes.make_principal(), question, 5).passages[0].passage.document.id
        for question in ("How much vacation may I take?", "When do I receive my salary?")
    ]
    retriever.close()

    assert first == ["acme/leave", "acme/pay"]
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["documents.sqlite"]


def test_a_misspelt_question_finds_what_the_right_one_finds(fakes: ModuleType, acme: Retriever) -> None:
    principal = fakes.make_principal()

    understood = acme.corrected(principal, "how many days of anual leave")

    assert understood == "how many days of annual leave"
    assert ids(acme.search(principal, "how many days of anual leave", 6)) == ids(acme.search(principal, understood, 6))
