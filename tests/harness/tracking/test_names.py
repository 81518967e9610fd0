"""Names and texts as MLflow takes them."""

import posixpath
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.domain.scores import Metric
from harness.tracking.names import LONGEST_NAME, metric_name, plain_name, text


def is_taken_by_mlflow(name: str) -> bool:
    """MLflow's rule for a name: its characters, and that it reads as no other path."""
    path = posixpath.normpath(name)
    allowed = re.fullmatch(r"[A-Za-z0-9_.\- /]+", name) is not None
    return allowed and path == name and path != "." and not path.startswith(("..", "/"))


@pytest.mark.parametrize(
    ("name", "aggregate", "slice_", "expected"),
    [
        pytest.param("ndcg@10", "mean", "all", "ndcg_at_10.mean", id="cut-off"),
        pytest.param("latency_ms", "quantile(0.95)", "all", "latency_ms.quantile_0.95", id="quantile"),
        pytest.param("leaks", "share_over(0.01)", "all", "leaks.share_over_0.01", id="share"),
        pytest.param("ndcg@10", "mean", "tag=number", "tag.number/ndcg_at_10.mean", id="slice"),
        pytest.param("ndcg@10", "mean", "tenant=north sea", "tenant.north sea/ndcg_at_10.mean", id="space"),
    ],
)
def test_a_declared_name_is_rewritten_as_the_page_says(
    make_metric: Callable[..., Metric], name: str, aggregate: str, slice_: str, expected: str
) -> None:
    metric = make_metric("fast", name, aggregate, 0.5, slice_)

    assert metric_name(metric) == expected


@given(st.text(max_size=300), st.text(max_size=20), st.text(max_size=300))
@settings(max_examples=200)
def test_every_name_is_one_that_mlflow_takes_with_room_for_what_is_added(
    name: str, aggregate: str, slice_: str
) -> None:
    metric = Metric("s", "r", name, aggregate, slice_, None, 0, 0, 0, 0, 0, None)

    cleaned = metric_name(metric)

    assert is_taken_by_mlflow(cleaned)
    assert len(f"missing.{cleaned}.reason") <= LONGEST_NAME


@pytest.mark.parametrize(
    "hostile", ["", ".", "..", "../../etc", "/root", "a//b", "tag\nname", "\x1b[31m", "\ud800", "ß", ")"]
)
def test_a_hostile_check_name_is_cleaned(hostile: str) -> None:
    assert is_taken_by_mlflow(plain_name(hostile))


def test_two_long_names_with_one_beginning_stay_two() -> None:
    first, second = plain_name("n" * 400 + "a"), plain_name("n" * 400 + "b")

    assert first != second


def test_two_names_that_differ_in_a_refused_character_stay_two() -> None:
    assert len({plain_name(name) for name in ("a§b", "a¶b", "a_b")}) == 3


def test_a_text_loses_what_a_database_refuses_and_keeps_its_lines() -> None:
    assert text("one\ntwo\x00\x1b\ud800") == "one\ntwo???"


def test_a_long_text_is_cut_where_it_can_be_seen() -> None:
    cut = text("a" * 9000)

    assert len(cut) == 8000
    assert cut.endswith(" [cut]")
