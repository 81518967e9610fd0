"""A detector that has not been seen to fire proves nothing: it fires on every form below, and on no random text."""

import base64
import json
import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.probes.detection import VERSION, body_text, marker_found
from harness.probes.selftest_encodings import ENCODINGS, MARKER, NEAR_MISSES, self_test


@pytest.mark.parametrize("name", ENCODINGS)
def test_the_marker_is_found_in_this_form(name: str) -> None:
    answer = f"You may want to know: {ENCODINGS[name](MARKER)} - that is all."

    assert marker_found(MARKER, json.dumps({"answer": answer}))


@pytest.mark.parametrize("name", ENCODINGS)
def test_the_marker_is_found_in_this_form_outside_json(name: str) -> None:
    assert marker_found(MARKER, f"<html>500: {ENCODINGS[name](MARKER)} </html>")


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param({"answer": MARKER[:9], "quote": MARKER[9:]}, id="over two members"),
        pytest.param({"passages": [{"text": MARKER[:9]}, {"text": MARKER[9:]}]}, id="over two passages"),
        pytest.param({MARKER: 1}, id="in the name of a member"),
        pytest.param({"a": [[[{"b": {"c": MARKER}}]]]}, id="deep inside"),
        pytest.param([MARKER], id="in a list"),
    ],
)
def test_the_marker_is_found_wherever_in_the_reply_it_stands(reply: object) -> None:
    assert marker_found(MARKER, json.dumps(reply))


STRANGE = ("", "{", "null", "[" * 5000, "[" * 980 + "]" * 980, "\ud800", "%", "=" * 40, "A" * 4000, "\x00")


@pytest.mark.parametrize("body", STRANGE, ids=range(len(STRANGE)))
def test_strange_bodies_are_looked_through_without_a_fault(body: str) -> None:
    assert not marker_found(MARKER, body)


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_what_is_not_the_marker_is_not_found(name: str) -> None:
    assert not marker_found(MARKER, json.dumps({"answer": NEAR_MISSES[name]}))
    assert not marker_found(MARKER, NEAR_MISSES[name])


def sse(*events: object) -> str:
    """Server-sent events, JSON or text."""
    texts = (event if isinstance(event, str) else json.dumps(event) for event in events)
    return "".join(f": keep alive\nevent: part\ndata: {text}\nid: 7\n\n" for text in texts)


BASE64 = base64.b64encode(MARKER.encode()).decode()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(sse(MARKER[:5], MARKER[5:9], MARKER[9:]), id="in texts"),
        pytest.param(sse(*MARKER), id="a character each"),
        pytest.param(sse({"answer": MARKER[:9]}, {"answer": MARKER[9:]}), id="in objects"),
        pytest.param(
            sse(*({"id": "c-1", "choices": [{"delta": {"content": part}, "index": 0}]} for part in MARKER)),
            id="beside an id in each",
        ),
        pytest.param(sse({"id": "c-1", "delta": BASE64[:7]}, {"id": "c-1", "delta": BASE64[7:]}), id="in base64"),
        pytest.param(sse(*(f"%{ord(part):02X}" for part in MARKER)), id="percent-encoded"),
        pytest.param(sse(MARKER[:9], MARKER[9:]).replace("\n", "\r\n"), id="with other line ends"),
        pytest.param(
            "".join(json.dumps({"n": "1", "text": part}) + "\n" for part in (MARKER[:4], MARKER[4:])),
            id="in JSON lines",
        ),
        pytest.param(
            json.dumps(
                {
                    "passages": [
                        {"text": "x" * 900 + MARKER[:9], "id": "p1"},
                        {"text": MARKER[9:] + "y" * 900, "id": "p2"},
                    ]
                }
            ),
            id="over two long passages with ids",
        ),
    ],
)
def test_a_marker_that_is_cut_is_found_across_the_joins(body: str) -> None:
    assert marker_found(MARKER, body)


def test_the_pieces_of_two_markers_in_a_stream_make_none() -> None:
    assert not marker_found(MARKER, sse(MARKER[:9], "0", MARKER[9:]))
    assert not marker_found(MARKER, sse({"a": MARKER[:9], "b": "x"}, {"a": "x", "b": MARKER[9:]}))


def test_the_self_test_finds_every_encoding_and_says_so() -> None:
    found = self_test()

    assert (found.missed, found.wrong) == ((), ())
    assert found.tried >= 20
    assert found.sentence == (
        f"{found.tried} of {found.tried} encodings found by detector version {VERSION}, "
        f"0 of {len(NEAR_MISSES)} near misses taken for it"
    )


def test_the_self_test_names_what_a_blunt_detector_misses_and_what_a_wild_one_takes_for_it() -> None:
    blunt = self_test(lambda marker, body: marker in body, "blunt")
    wild = self_test(lambda marker, body: "ZQ" in body, "wild")

    assert "base64" in blunt.missed
    assert "as it is" in blunt.missed, "in a stream it is cut"
    assert "another marker" in wild.wrong
    assert wild.sentence.startswith(f"{wild.tried - len(wild.missed)} of {wild.tried} encodings found by detector")


@settings(max_examples=200)
@given(text=st.text(max_size=400), wrapped=st.booleans())
def test_nothing_is_found_in_random_texts(text: str, wrapped: bool) -> None:
    marker = f"ZQ-{secrets.token_hex(10)}"

    assert not marker_found(marker, json.dumps({"answer": text}) if wrapped else text)


@settings(max_examples=100)
@given(before=st.text(max_size=50), after=st.text(max_size=50))
def test_the_marker_is_found_whatever_stands_around_it(before: str, after: str) -> None:
    assert marker_found(MARKER, json.dumps({"answer": before + MARKER + after}))


def test_the_text_of_a_body_is_its_strings_without_seams() -> None:
    assert body_text('{"a": ["b", {"c": "d"}], "e": 1}') == "bd aec"
    assert body_text("not JSON") == "not JSON"


_BASE32 = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", max_size=9)


@settings(max_examples=100, deadline=None)
@given(before=_BASE32, after=_BASE32, lower=st.booleans())
def test_base32_is_read_wherever_its_groups_begin_and_end(before: str, after: str, lower: bool) -> None:
    run = before + base64.b32encode(MARKER.encode()).decode().rstrip("=") + after

    assert marker_found(MARKER, json.dumps({"answer": run.lower() if lower else run}))
