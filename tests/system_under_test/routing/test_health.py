"""What is measured of the routes."""

from types import ModuleType

from system_under_test.routing.health import FRESH_S, Health


def test_a_figure_needs_five_calls_and_is_their_median(fakes: ModuleType) -> None:
    health = Health(fakes.Hands().clock)
    for latency in (10.0, 20.0, 30.0, 9_000.0):
        health.answered("a", latency)

    early = health.latency_ms("a")
    health.answered("a", 40.0)

    assert early is None
    assert health.latency_ms("a") == 30.0
    assert health.latency_ms("b") is None


def test_earlier_calls_are_forgotten_for_later_ones(fakes: ModuleType) -> None:
    health = Health(fakes.Hands().clock)
    for latency in [1_000.0] * 50 + [1.0] * 50:
        health.answered("a", latency)

    assert health.latency_ms("a") == 1.0


def test_a_figure_ages_and_then_counts_no_more(fakes: ModuleType) -> None:
    hands = fakes.Hands()
    health = Health(hands.clock)
    for latency in (10.0, 20.0, 30.0, 40.0, 50.0):
        health.answered("a", latency)

    hands.now_s += FRESH_S - 1.0
    fresh = health.latency_ms("a")
    health.answered("a", 60.0)
    hands.now_s += 1.0

    assert fresh == 30.0
    assert health.latency_ms("a") is None
