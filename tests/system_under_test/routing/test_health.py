"""What is measured of the routes."""

from system_under_test.routing.health import Health


def test_a_figure_needs_five_calls_and_is_their_median() -> None:
    health = Health()
    for latency in (10.0, 20.0, 30.0, 9_000.0):
        health.answered("a", latency)

    early = health.latency_ms("a")
    health.answered("a", 40.0)

    assert early is None
    assert health.latency_ms("a") == 30.0
    assert health.latency_ms("b") is None


def test_old_calls_are_forgotten() -> None:
    health = Health()
    for latency in [1_000.0] * 50 + [1.0] * 50:
        health.answered("a", latency)

    assert health.latency_ms("a") == 1.0
