"""The file of withdrawn tokens: strict, read again when it changes, and closed where it cannot be read."""

import json
import os
from pathlib import Path

import pytest

from system_under_test.config import SetupError
from system_under_test.gateway.deny_list import DenyList
from system_under_test.gateway.rejection import IdentityUnavailableError

A, B = "https://idp.example", "https://other.example"
LONG_AGO_NS, NOW_NS = 1_000_000_000, 100_000_000_000


def write(path: Path, *entries: tuple[str, str], at_ns: int = LONG_AGO_NS) -> Path:
    """A deny list, put in place by renaming and with a time of its own."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"denied": [{"iss": issuer, "jti": token} for issuer, token in entries]}))
    os.utime(fresh, ns=(at_ns, at_ns))
    fresh.rename(path)
    return path


def test_a_token_is_denied_by_issuer_and_id_together(tmp_path: Path) -> None:
    denied = DenyList(write(tmp_path / "d.json", (A, "t-1"), (B, "t-2")))

    assert [denied.holds(*token) for token in [(A, "t-1"), (B, "t-2")]] == [True, True]
    assert [denied.holds(*token) for token in [(B, "t-1"), (A, "t-2"), (A, "t-1 "), (A, "T-1")]] == [False] * 4


def test_an_empty_list_denies_nobody(tmp_path: Path) -> None:
    assert not DenyList(write(tmp_path / "d.json")).holds(A, "t-1")


def test_a_replaced_file_counts_from_the_next_look(tmp_path: Path) -> None:
    denied = DenyList(write(tmp_path / "d.json"), now_ns=lambda: NOW_NS)

    before = denied.holds(A, "t-1")
    write(tmp_path / "d.json", (A, "t-1"), at_ns=LONG_AGO_NS + 1)

    assert [before, denied.holds(A, "t-1")] == [False, True]


def test_two_writes_in_one_tick_of_the_clock_are_both_seen(tmp_path: Path) -> None:
    """The same size, the same time, the same inode: only a file that has settled is not read again."""
    path = write(tmp_path / "d.json", (A, "t-1"), at_ns=NOW_NS)
    denied = DenyList(path, now_ns=lambda: NOW_NS + 1_000)

    path.write_text(path.read_text().replace("t-1", "t-2"))
    os.utime(path, ns=(NOW_NS, NOW_NS))

    assert denied.holds(A, "t-2")


def test_a_settled_file_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / "d.json", (A, "t-1"))
    denied = DenyList(path, now_ns=lambda: NOW_NS)

    path.write_text(path.read_text().replace("t-1", "t-2"))
    os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))

    assert denied.holds(A, "t-1")  # nothing that a stat shows has changed


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("[]", id="list"),
        pytest.param("{}", id="no member"),
        pytest.param('{"denied": {}}', id="no list"),
        pytest.param('{"denied": [], "more": 1}', id="unknown member"),
        pytest.param('{"denied": [], "denied": []}', id="duplicate member"),
        pytest.param('{"denied": ["t-1"]}', id="no object"),
        pytest.param('{"denied": [{"iss": "i"}]}', id="no id"),
        pytest.param('{"denied": [{"iss": "i", "jti": 1}]}', id="number as id"),
        pytest.param('{"denied": [{"iss": "i", "jti": ""}]}', id="empty id"),
        pytest.param('{"denied": [{"iss": "i", "jti": "t", "until": 1}]}', id="unknown member of an entry"),
        pytest.param('{"denied": [{"iss": "i", "jti": "t"}', id="half written"),
        pytest.param('{"denied": [' + " " * 5_000_000 + "]}", id="too large"),
    ],
)
def test_a_malformed_list_stops_the_start_and_closes_a_running_gateway(tmp_path: Path, content: str) -> None:
    bad, good = tmp_path / "bad.json", write(tmp_path / "good.json", (A, "t-1"))
    bad.write_text(content)
    running = DenyList(good)

    with pytest.raises(SetupError, match="deny_list"):
        DenyList(bad)
    bad.rename(good)
    for _ in range(2):
        with pytest.raises(IdentityUnavailableError):
            running.holds(A, "t-2")
    write(good, (A, "t-2"))
    assert running.holds(A, "t-2")


def test_a_missing_list_stops_the_start_and_closes_a_running_gateway(tmp_path: Path) -> None:
    path = write(tmp_path / "d.json")
    running = DenyList(path)
    path.unlink()

    with pytest.raises(SetupError, match="FileNotFoundError"):
        DenyList(path)
    with pytest.raises(IdentityUnavailableError):
        running.check()
