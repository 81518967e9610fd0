"""What a provider's fault means, where no real one is at hand. The real ones are in test_clients.py."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from system_under_test.routing.errors import FaultKind
from system_under_test.routing.provider_faults import cost_nothing, kind_of, retry_after_s


class FilteredError(Exception):
    """A provider's content filter."""


class FaultError(Exception):
    """An error with what LiteLLM adds to it."""

    def __init__(self, status: object = None, headers: object = None) -> None:
        super().__init__("sk-secret")
        self.status_code = status
        self.litellm_response_headers = headers


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        pytest.param(FilteredError(), "content_filter", id="content filter"),
        pytest.param(FaultError(418), "bad_request", id="another 4xx"),
        pytest.param(FaultError(529), "server_error", id="another 5xx"),
        pytest.param(FaultError(302), "server_error", id="a redirect"),
        pytest.param(FaultError("429"), "server_error", id="a status that is no number"),
        pytest.param(ValueError(), "malformed", id="a value"),
        pytest.param(AttributeError(), "server_error", id="nothing known"),
        pytest.param(TimeoutError(), "timeout", id="time"),
        pytest.param(ConnectionRefusedError(), "unreachable", id="refused"),
    ],
)
def test_a_fault_has_a_kind(fault: Exception, kind: FaultKind) -> None:
    assert kind_of(fault, FilteredError) == kind


def test_a_fault_that_was_raised_over_a_refused_connection_is_that() -> None:
    fault = FaultError(500)
    fault.__context__ = ConnectionRefusedError()
    fault.__context__.__cause__ = fault  # a circle must not be walked for ever

    assert kind_of(fault, FilteredError) == "unreachable"


def answered(status: int) -> FaultError:
    """What LiteLLM raises over an answer with this status; it makes a timeout of a 504."""
    fault = FaultError(500)
    request = httpx.Request("POST", "http://provider.example/")
    fault.__context__ = httpx.HTTPStatusError("x", request=request, response=httpx.Response(status, request=request))
    return fault


@pytest.mark.parametrize(
    ("fault", "kind", "free"),
    [
        pytest.param(answered(429), "rate_limited", True, id="429"),
        pytest.param(answered(307), "server_error", True, id="a redirect"),
        pytest.param(answered(408), "timeout", False, id="408"),
        pytest.param(answered(409), "server_error", False, id="409"),
        pytest.param(answered(503), "server_error", False, id="503"),
        pytest.param(answered(504), "server_error", False, id="504"),
        pytest.param(httpx.ConnectError("x"), "unreachable", True, id="no connection"),
        pytest.param(httpx.ConnectTimeout("x"), "timeout", True, id="no connection in time"),
        pytest.param(httpx.ReadError("x"), "unreachable", False, id="reset"),
        pytest.param(httpx.ReadTimeout("x"), "timeout", False, id="silence"),
        pytest.param(httpx.WriteError("x"), "unreachable", False, id="reset while it was sent"),
        pytest.param(FaultError(400), "bad_request", False, id="a status that no provider sent"),
    ],
)
def test_only_what_was_declined_or_never_sent_is_free(fault: Exception, kind: FaultKind, free: bool) -> None:
    assert (kind_of(fault, FilteredError), cost_nothing(fault)) == (kind, free)


def test_a_moment_is_a_wait_until_then() -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)

    wait = retry_after_s(FaultError(429, {"retry-after": moment}))

    assert wait is not None
    assert 3_500 < wait <= 3_600


@pytest.mark.parametrize(
    "headers",
    [None, [], {}, {"retry-after": 7}, {"retry-after": "Fri, 31 Dec 2021 23:59:59 -999999999999999"}],
    ids=["none", "a list", "empty", "a number", "a zone beyond the calendar"],
)
def test_headers_that_say_nothing_ask_for_no_wait(headers: object) -> None:
    assert retry_after_s(FaultError(429, headers)) is None
