"""The page: its policy, its parts, its size, what it keeps to itself."""

import html
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import pytest

from harness.domain.claims import Claim
from harness.domain.matrix import Matrix, Objection, Row, Trial
from harness.report.html import render_html


@pytest.fixture(scope="module")
def page(failing, page_of) -> str:
    return page_of(failing)


def test_the_policy_allows_the_one_style_sheet_by_its_digest_and_nothing_else(page):
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)

    digest = b64encode(sha256(styles[0].encode("utf-8")).digest()).decode("ascii")

    assert len(styles) == 1
    assert policy is not None
    assert html.unescape(policy[1]).split("; ")[:3] == [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "img-src data:",
    ]


def test_every_digest_of_the_run_stands_whole_on_the_page(page, failing):
    run = failing.run

    for digest in (run.gate_digest, run.golden_set_digest, run.corpus_digest, run.plan_digest, failing.verdict.release):
        assert digest in page


def test_all_four_kinds_of_picture_are_drawn(page):
    shown = re.findall(r'alt="([^"]+)"', page)

    assert [alt.split()[0] for alt in shown] == ["Bounds", "Latency", "isolation:", "3"]


def test_what_a_gate_does_not_measure_is_said(empty):
    page = render_html(empty)

    assert "There is no check. Nothing was demanded of this release" in page
    assert "No suite of this gate probes the isolation of tenants." in page
    assert "<img" not in page


def test_a_leak_is_shown_by_id_and_rank_with_the_command_to_see_more(page):
    assert 'rank 2: <span class="id">brightwater/project-halvorsen</span>' in page
    assert "an id that is not shown, sha256" in page
    assert "harness reproduce probe.aldermoor.brightwater.project-halvorsen.title --run release-2026" in page


def test_an_ordinary_answer_is_shown_and_one_on_foreign_passages_is_not(failing):
    key = next(score for score in failing.scores if score.metric == "facts" and score.value == 0 and not score.errored)
    place = (key.suite, key.route, key.case_id, key.attempt)
    honest = next(item for item in failing.observations if item.key == place)
    passage = replace(honest.answer.passages[0], tenant="brightwater-2")
    foreign = replace(honest, answer=replace(honest.answer, text="UNIQUE WORDS", passages=(passage,)))
    own = replace(honest, answer=replace(honest.answer, text="UNIQUE WORDS"))

    def rendered(observation):
        changed = tuple(observation if item.key == place else item for item in failing.observations)
        return render_html(replace(failing, observations=changed))

    assert "UNIQUE WORDS" in rendered(own)
    assert "UNIQUE WORDS" not in rendered(foreign)


def test_a_page_of_two_thousand_asks_stays_below_a_megabyte_and_a_half(large):
    assert len(large.asks) >= 2000

    page = render_html(large)

    assert len(page.encode("utf-8")) < 1_500_000


def matrix_of(*standings: str) -> Matrix:
    """A kill matrix with one mutant for each standing."""
    objection = Objection("isolation.leak", "", "FAILED", "ZERO_TOLERANCE_HIT", "1 of 3 cases hit; none may")
    rows = tuple(
        Row(
            f"mutant-{at}", "mutant", "isolation", "The filter <b>is</b> missing.", ("isolation.leak",), standing,  # type: ignore[arg-type]
            Trial(f"mutant-{at}", "FAILED", (objection,), (), 1.0),
        )
        for at, standing in enumerate(standings)
    )  # fmt: skip
    return Matrix("selftest", "1" * 64, "2" * 64, "3" * 64, "4" * 64, "2026-01-01T00:00:00Z", rows)


def test_a_harness_that_was_never_tried_on_a_faulty_system_says_so(passing):
    assert "Nobody has shown yet that this harness catches a faulty system" in render_html(passing)


def test_the_kill_matrix_names_each_fault_and_the_check_that_objected(passing):
    page = render_html(replace(passing, matrix=matrix_of("killed", "killed")))

    assert "All were caught by the check that should catch them" in page
    assert page.count("The filter &lt;b&gt;is&lt;/b&gt; missing.") == 2
    assert '<span class="id">isolation.leak</span>' in page


def test_names_in_a_row_stand_apart(passing):
    matrix = matrix_of("killed")
    (row,) = matrix.rows
    two = (*row.trial.objections, replace(row.trial.objections[0], check="caches.leak"))
    matrix = replace(matrix, rows=(replace(row, trial=replace(row.trial, objections=two)),))

    assert '<span class="id">isolation.leak</span>, <span class="id">caches.leak</span>' in render_html(
        replace(passing, matrix=matrix)
    )


def test_a_mutant_that_lives_is_not_folded_away(passing):
    page = render_html(replace(passing, matrix=matrix_of("killed", "survived")))

    assert "Not every one came out as it should" in page
    assert "<details open>" in page


def test_claims_stand_with_their_bounds_and_the_joint_one(passing):
    claim = Claim("isolation.no-leak", "isolation 2", 0, 36, 12, 12, 0, 0, 0.95, 0.2209, 0.3067, 100, 1.0)

    page = render_html(replace(passing, verdict=replace(passing.verdict, claims=(claim,))))

    assert "With 95 % confidence no channel leaks in more than 30.7 % of its clusters" in page
    assert "drawn by isolation 2" in page
    assert "22.1 %" in page
