"""The parent's side, with small programs in the place of the real child."""

import os
import sys

import pytest

from system_under_test.ingestion.child import Child
from system_under_test.ingestion.faults import FileFault, IngestionError
from system_under_test.ingestion.limits import Limits, limits_message, read_limits

PROGRAM = """
import json, os, socket, sys, threading
from system_under_test.ingestion.frames import FrameError, receive_frame, send_frame
stream = socket.socket(fileno=0)
receive_frame(stream, 10_000, None)
send_frame(stream, b"ready")
while True:
    try:
        kind, content = receive_frame(stream, 100, None), receive_frame(stream, 10_000, None)
    except FrameError:
        break
    if content == b"hang":
        threading.Event().wait()
    if content == b"die":
        os._exit(9)
    if content == b"environment":
        send_frame(stream, json.dumps({"text": " ".join(sorted(os.environ)), "title": None}).encode())
    elif content == b"pid":
        send_frame(stream, json.dumps({"text": str(os.getpid()), "title": None}).encode())
    elif content == b"much":
        stream.sendall((1 << 40).to_bytes(8, "big"))
    else:
        send_frame(stream, content)
"""
LIMITS = Limits(seconds=10, text_characters=1_000)


def small(program: str = PROGRAM, limits: Limits = LIMITS) -> Child:
    return Child(limits, (sys.executable, "-P", "-c", program))


def test_limits_travel_to_the_child_as_they_are() -> None:
    limits = Limits(seconds=1.5, pages=7)

    assert read_limits(limits_message(limits)) == limits


def test_one_process_converts_many_files_and_ends_with_the_block() -> None:
    with small() as child:
        first = int(child.convert("text", b"pid")[0])
        second = int(child.convert("text", b"pid")[0])

    assert first == second
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


def test_nothing_is_started_without_a_file() -> None:
    with Child(LIMITS, ("/no/such/program",)) as child:
        assert child is not None


def test_a_conversion_that_hangs_is_killed_and_the_next_file_gets_a_new_process() -> None:
    with small(limits=Limits(seconds=0.3)) as child, pytest.raises(FileFault) as caught:
        child.convert("text", b"hang")

    assert caught.value.code == "time"
    with small() as child:
        before = child.convert("text", b"pid")
        with pytest.raises(FileFault, match="end without an answer"):
            child.convert("text", b"die")
        assert child.convert("text", b"pid") != before


def test_the_environment_does_not_reach_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "secret")

    with small() as child:
        assert "TOKEN" not in child.convert("text", b"environment")[0]


@pytest.mark.parametrize(
    "reply",
    [
        b"not json",
        b"[]",
        b"{}",
        b'{"text": 1, "title": null}',
        b'{"text": "a", "title": 1}',
        b'{"text": "a", "text": "b", "title": null}',
        b'{"text": "\\ud800", "title": null}',
        b'{"fault": "unheard-of", "detail": ""}',
        b'{"fault": "broken"}',
        b"much",
    ],
)
def test_an_answer_that_is_none_is_a_fault_of_the_file(reply: bytes) -> None:
    with small() as child, pytest.raises(FileFault) as caught:
        child.convert("text", reply)

    assert caught.value.code == "died"


def test_a_fault_of_the_child_is_told_with_its_detail() -> None:
    with small() as child, pytest.raises(FileFault) as caught:
        child.convert("text", b'{"fault": "pages", "detail": "at most 3"}')

    assert (caught.value.code, caught.value.detail) == ("pages", "at most 3")


def test_a_child_that_does_not_start_ends_the_run() -> None:
    with small("import sys; sys.exit(3)") as child, pytest.raises(IngestionError, match="does not start"):
        child.convert("text", b"x")
