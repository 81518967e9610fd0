"""The setup that an entry point is handed."""

from pathlib import Path

import pytest

from system_under_test.config import Issuer, KeyCache, Limits, Service, SetupError, parse_setup

ISSUER = {"issuer": "https://idp.example", "audience": "rag", "jwks": {"keys": []}}
SETUP = {"documents": "d.jsonl", "work_folder": "w", "cache_folder": "c", "issuers": [ISSUER]}


def test_a_right_setup_is_read() -> None:
    settings = parse_setup(SETUP)

    assert (settings.documents, settings.work_folder, settings.cache_folder) == (Path("d.jsonl"), Path("w"), Path("c"))
    assert settings.issuers == (Issuer("https://idp.example", "rag", {"keys": []}, None),)


def test_keys_may_be_at_an_endpoint() -> None:
    uri = "https://idp.example/keys"

    settings = parse_setup({**SETUP, "issuers": [{"issuer": "i", "audience": "a", "jwks_uri": uri}]})

    assert settings.issuers[0].jwks_uri == uri


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"extra": 1}, id="unknown key"),
        pytest.param({"documents": ""}, id="empty path"),
        pytest.param({"documents": 5}, id="path is no text"),
        pytest.param({"issuers": []}, id="no issuer"),
        pytest.param({"issuers": {}}, id="issuers are no list"),
        pytest.param({"issuers": ["i"]}, id="issuer is no mapping"),
        pytest.param({"issuers": [ISSUER, ISSUER]}, id="issuer twice"),
        pytest.param({"issuers": [{**ISSUER, "extra": 1}]}, id="unknown key of an issuer"),
        pytest.param({"issuers": [{**ISSUER, "jwks_uri": "https://x.example"}]}, id="keys in two places"),
        pytest.param({"issuers": [{"issuer": "i", "audience": "a"}]}, id="keys nowhere"),
        pytest.param({"issuers": [{**ISSUER, "jwks": []}]}, id="key set is no mapping"),
        pytest.param({"issuers": [{**ISSUER, "audience": ""}]}, id="empty audience"),
        pytest.param({"issuers": [{**ISSUER, "tenants": []}]}, id="no tenant"),
        pytest.param({"issuers": [{**ISSUER, "tenants": "acme"}]}, id="tenants are no list"),
        pytest.param({"issuers": [{**ISSUER, "tenants": ["acme", "acme"]}]}, id="tenant twice"),
        pytest.param({"issuers": [{**ISSUER, "tenants": ["acme", 5]}]}, id="tenant is no text"),
        pytest.param({"deny_list": ""}, id="empty deny list path"),
        pytest.param({"deny_list": None}, id="deny list is no path"),
    ],
)
def test_a_setup_that_is_not_agreed_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(SetupError):
        parse_setup({**SETUP, **change})


@pytest.mark.parametrize("key", sorted(SETUP))
def test_a_missing_key_is_named(key: str) -> None:
    with pytest.raises(SetupError, match=key):
        parse_setup({name: value for name, value in SETUP.items() if name != key})


def test_the_tenants_of_an_issuer_and_a_deny_list_are_read_where_they_are_given() -> None:
    settings = parse_setup({**SETUP, "deny_list": "denied.json", "issuers": [{**ISSUER, "tenants": ["acme"]}]})

    assert settings.deny_list == Path("denied.json")
    assert settings.issuers[0].tenants == frozenset({"acme"})
    assert parse_setup(SETUP).deny_list is None
    assert parse_setup(SETUP).issuers[0].tenants is None


def test_the_times_of_the_key_cache_can_be_set() -> None:
    settings = parse_setup({**SETUP, "limits": {"key_cache": {"fresh_s": 400, "interval_s": 7.5}}})

    assert settings.limits.key_cache == KeyCache(fresh_s=400, interval_s=7.5)
    assert parse_setup(SETUP).limits.key_cache == KeyCache()


@pytest.mark.parametrize(
    "times",
    [
        [],
        {"more": 1},
        {"fresh_s": True},
        {"fresh_s": "300"},
        {"fresh_s": 0},
        {"fresh_s": float("nan")},
        {"stale_s": float("inf")},
        {"response_bytes": 1.5},
        {"stale_s": 300},
    ],
    ids=str,
)
def test_times_of_the_key_cache_that_are_no_numbers_are_refused(times: object) -> None:
    with pytest.raises(SetupError, match=r"key.cache"):
        parse_setup({**SETUP, "limits": {"key_cache": times}})


def test_the_bounds_on_rotation_follow_from_the_declared_times() -> None:
    times = KeyCache(fresh_s=600.0, interval_s=20.0, timeout_s=3.0)

    assert (times.rotate_s, times.revoke_s) == (23.0, 600.0)


@pytest.mark.parametrize(
    "change",
    [{"timeout_s": 0.0}, {"timeout_s": 10.0}, {"interval_s": 31.0}, {"patience_s": 241.0}, {"refresh_s": 300.0}],
    ids=str,
)
def test_times_of_the_key_cache_that_are_out_of_order_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(SetupError, match="key cache"):
        KeyCache(**change)


def test_limits_that_are_named_replace_the_declared_ones() -> None:
    settings = parse_setup({**SETUP, "limits": {"requests_per_minute": 60, "concurrent_requests": 2}})

    assert (settings.limits.requests_per_minute, settings.limits.concurrent_requests) == (60, 2)
    assert settings.limits.body_bytes == Limits().body_bytes
    assert parse_setup(SETUP).limits == Limits()


def test_the_service_is_run_as_the_setup_says() -> None:
    named = {"limit_storage": "redis://host", "tenant_labels": True, "traces": "http://x", "operations_port": 9_090}

    assert parse_setup({**SETUP, "service": named}).service == Service("redis://host", True, "http://x", 9_090)
    assert parse_setup(SETUP).service == Service("memory://", False, None, None)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"limits": []}, id="limits are no mapping"),
        pytest.param({"limits": {"requests": 1}}, id="unknown limit"),
        pytest.param({"limits": {"key_cache": 1}}, id="a limit that is no number"),
        pytest.param({"limits": {"top_k": 0}}, id="zero"),
        pytest.param({"limits": {"top_k": True}}, id="truth value"),
        pytest.param({"limits": {"top_k": 1.0}}, id="float"),
        pytest.param({"limits": {"top_k": "1"}}, id="text as number"),
        pytest.param({"service": []}, id="service is no mapping"),
        pytest.param({"service": {"tracing": True}}, id="unknown setting"),
        pytest.param({"service": {"tenant_labels": 1}}, id="number as truth value"),
        pytest.param({"service": {"operations_port": 0}}, id="no port"),
        pytest.param({"service": {"operations_port": 65_536}}, id="port too high"),
        pytest.param({"service": {"operations_port": True}}, id="truth value as port"),
        pytest.param({"service": {"limit_storage": ""}}, id="empty storage"),
        pytest.param({"service": {"traces": 5}}, id="traces are no text"),
    ],
)
def test_limits_and_service_are_read_strictly(change: dict[str, object]) -> None:
    with pytest.raises(SetupError):
        parse_setup({**SETUP, **change})
