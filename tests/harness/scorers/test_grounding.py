"""The groundedness scorer: which evidence counts, and what a refusal is worth."""

import pytest

from harness.domain.cases import Case, CaseKind, Principal
from harness.domain.observations import Answer, Citation, Failure, Observation, Passage, Source
from harness.scorers.grounding import GroundednessScorer
from harness.scorers.scorer import Scorer

SCORER: Scorer = GroundednessScorer()
LEAVE = "Employees are entitled to 28 days of annual leave."
PARKING = "Parking in the yard is free after six in the evening."
INVENTED = "The chief executive flies to Mars every Tuesday."


def case(kind: CaseKind = "answerable") -> Case:
    principal = Principal("p", "acme", "sub", ("everyone",), "internal")
    return Case(id="c1", kind=kind, principal=principal, question="How much leave?", cluster="leave")


def observation(answer: Answer | None) -> Observation:
    failure = None if answer else Failure("timeout", "no reply")
    return Observation("s", "", "c1", 1, 10.0, 200 if answer else 0, "", answer, failure)


def answer(
    text: str, passages: tuple[str, ...] = (LEAVE, PARKING), cited: tuple[str, ...] = (), *, refused: bool = False
) -> Observation:
    made = tuple(
        Passage(f"p{rank}", rank, body, "acme", Source(f"d{rank}", "uri", "title", "1", "0" * 64, None))
        for rank, body in enumerate(passages, 1)
    )
    citations = tuple(Citation(passage, INVENTED) for passage in cited)
    return observation(Answer(text, refused, citations, made, None, None))


def test_a_supported_answer_scores_1() -> None:
    assert SCORER.score(case(), answer(LEAVE)).value == 1.0


def test_the_reason_names_how_many_and_where_but_never_what() -> None:
    found = SCORER.score(case(), answer(f"{LEAVE} {INVENTED}"))

    assert found.value == 0.5
    assert found.reason == "1 of 2 sentences are unsupported, at position 2"


def test_only_the_cited_passages_count_where_there_are_citations() -> None:
    assert SCORER.score(case(), answer(LEAVE, cited=("p1",))).value == 1.0
    assert SCORER.score(case(), answer(LEAVE, cited=("p2",))).value == 0.0


def test_a_quote_is_no_evidence() -> None:
    assert SCORER.score(case(), answer(INVENTED, cited=("p1",))).value == 0.0


@pytest.mark.parametrize(
    ("observed", "reason"),
    [
        pytest.param(answer("I cannot say.", refused=True), "refused an answerable question", id="refusal"),
        pytest.param(answer(LEAVE, refused=True), "refused an answerable question", id="refusal with an answer"),
        pytest.param(answer(LEAVE, passages=()), "no passage was retrieved", id="no passages"),
        pytest.param(answer(LEAVE, cited=("p9",)), "none of the cited passages was retrieved", id="foreign citation"),
        pytest.param(answer(""), "states nothing", id="empty"),
        pytest.param(answer("Yes, it is."), "states nothing", id="no claim"),
        pytest.param(answer(INVENTED), "1 of 1 sentences are unsupported, at position 1", id="invention"),
    ],
)
def test_missing_evidence_never_passes(observed: Observation, reason: str) -> None:
    found = SCORER.score(case(), observed)

    assert found.value == 0.0
    assert reason in found.reason


def test_a_long_list_of_positions_is_cut() -> None:
    found = SCORER.score(case(), answer(f"{INVENTED} " * 30))

    assert found.reason.endswith("19, 20 and 10 more")


def test_a_failed_ask_has_no_value() -> None:
    assert SCORER.score(case(), observation(None)).value is None
    assert not SCORER.reads_failures


@pytest.mark.parametrize("kind", ["answerable", "unanswerable", "forbidden", "probe", "twin"])
def test_only_answerable_cases_count(kind: CaseKind) -> None:
    assert SCORER.applies(case(kind)) is (kind == "answerable")


def test_the_instrument_is_named_with_its_judge_and_its_range() -> None:
    scorer = GroundednessScorer()

    assert scorer.name == "groundedness"
    assert scorer.judge.digest[:12] in scorer.version
    assert (scorer.lowest, scorer.highest, scorer.higher_is_better) == (0.0, 1.0, True)
