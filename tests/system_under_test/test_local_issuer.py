"""The issuer for trying the system out: its key stays private, its tokens pass the real verifier."""

import asyncio
import json
import stat
from pathlib import Path

import pytest

from system_under_test.config import Limits, parse_setup
from system_under_test.gateway.rejection import RejectedError
from system_under_test.gateway.verify import Verifier
from system_under_test.local_issuer import Holder, LocalIssuerError, local_issuers, local_token, make_issuer

HOLDER = Holder("acme", "user:me", ("everyone", "staff"), "internal")


@pytest.fixture
def verifier(tmp_path: Path) -> Verifier:
    """The gateway's own verifier, trusting the local issuer."""
    setup = {
        "documents": tmp_path / "documents.jsonl",
        "work_folder": tmp_path / "work",
        "cache_folder": tmp_path / "cache",
        "issuers": local_issuers(tmp_path / "issuer"),
    }
    return Verifier(parse_setup(setup).issuers, frozenset({"acme"}), Limits())


def test_a_token_proves_its_holder(tmp_path: Path, verifier: Verifier) -> None:
    token = local_token(tmp_path / "issuer", HOLDER)

    principal = asyncio.run(verifier.identify([f"Bearer {token}"])).principal

    assert (principal.tenant, principal.subject, principal.clearance) == ("acme", "user:me", "internal")
    assert principal.groups == {"everyone", "staff"}


def test_another_folders_token_proves_nothing(tmp_path: Path, verifier: Verifier) -> None:
    make_issuer(tmp_path / "other")
    token = local_token(tmp_path / "other", HOLDER)

    with pytest.raises(RejectedError):
        asyncio.run(verifier.identify([f"Bearer {token}"]))


def test_the_key_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    jwks = make_issuer(tmp_path / "issuer")
    first = jwks.read_text(encoding="utf-8")

    assert make_issuer(tmp_path / "issuer").read_text(encoding="utf-8") == first
    assert stat.S_IMODE((tmp_path / "issuer" / "key.pem").stat().st_mode) == 0o600
    assert "d" not in json.loads(first)["keys"][0]


@pytest.mark.parametrize("text", [None, "not a key"], ids=["missing", "damaged"])
def test_a_folder_without_a_key_is_refused_with_what_to_do(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "key.pem").write_text(text, encoding="utf-8")
        (tmp_path / "key.pem").chmod(0o600)

    with pytest.raises(LocalIssuerError, match=r"key\.pem.*: (start|delete)"):
        local_token(tmp_path, HOLDER)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602])
def test_a_key_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    make_issuer(tmp_path)
    (tmp_path / "key.pem").chmod(mode)

    for use in (lambda: make_issuer(tmp_path), lambda: local_token(tmp_path, HOLDER)):
        with pytest.raises(LocalIssuerError, match="chmod 600"):
            use()
