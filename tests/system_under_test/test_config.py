"""The setup that an entry point is handed."""

from pathlib import Path

import pytest

from system_under_test.config import Issuer, SetupError, parse_setup

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
    ],
)
def test_a_setup_that_is_not_agreed_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(SetupError):
        parse_setup({**SETUP, **change})


@pytest.mark.parametrize("key", sorted(SETUP))
def test_a_missing_key_is_named(key: str) -> None:
    with pytest.raises(SetupError, match=key):
        parse_setup({name: value for name, value in SETUP.items() if name != key})
