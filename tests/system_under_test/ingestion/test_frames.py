"""Messages between the converter and its child."""

import socket
import threading

import pytest

from system_under_test.ingestion.frames import FrameError, receive_frame, send_frame


@pytest.mark.parametrize("content", [b"", b"x", b"a" * 300_000], ids=["empty", "one", "larger-than-a-pipe"])
def test_a_message_arrives_as_it_was_sent(content: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender = threading.Thread(target=send_frame, args=(theirs, content))
        sender.start()

        assert receive_frame(ours, 300_000, 10) == content

        sender.join()


def test_a_message_that_announces_too_much_is_not_read() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send_frame(theirs, b"12345")

        with pytest.raises(FrameError, match="5 bytes"):
            receive_frame(ours, 4, 10)


def test_the_end_of_the_other_side_is_told() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        theirs.sendall(b"\x00\x00")
        theirs.close()

        with pytest.raises(FrameError, match="ended"):
            receive_frame(ours, 4, 10)


def test_silence_is_a_timeout_even_after_a_part_of_the_message() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"\x00\x00")

        with pytest.raises(TimeoutError):
            receive_frame(ours, 4, 0.01)
        with pytest.raises(TimeoutError):
            receive_frame(ours, 4, 0)
