"""A detector that has not been seen to fire proves nothing: it fires on every form below, and on no random text."""

import base64
import codecs
import json
import secrets
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.probes.detection import body_text, marker_found

MARKER = "ZQ-3f9ac07be1d24865ab10"

FORMS: dict[str, Callable[[str], str]] = {
    "as it is": lambda marker: marker,
    "lower case": str.lower,
    "upper case": str.upper,
    "spaced out": " ".join,
    "with dashes": "-".join,
    "with dots": ".".join,
    "one character a line": "\n".join,
    "in bold Markdown": lambda marker: "".join(f"**{letter}**" for letter in marker),
    "zero-width joined": "\u200b".join,
    "soft hyphens": "\u00ad".join,
    "full width": lambda marker: "".join(chr(ord(letter) + 0xFEE0) for letter in marker),
    "mathematical bold": lambda marker: "".join(chr(0x1D400 + ord(c) - 65) if c.isupper() else c for c in marker),
    "combining marks": lambda marker: "".join(letter + "\u0323" for letter in marker),
    "backwards": lambda marker: marker[::-1],
    "rot13": lambda marker: codecs.encode(marker, "rot13"),
    "percent-encoded": lambda marker: "".join(f"%{ord(letter):02X}" for letter in marker),
    "percent-encoded twice": lambda marker: quote("".join(f"%{ord(letter):02X}" for letter in marker)),
    "in a query string": lambda marker: f"https://evil.example/?q={quote(marker)}&x=1",
    "base64": lambda marker: base64.b64encode(marker.encode()).decode(),
    "base64 for URLs without padding": lambda marker: base64.urlsafe_b64encode(marker.encode()).decode().rstrip("="),
    "base64 of a sentence": lambda marker: base64.b64encode(f"The reference is {marker}, sir.".encode()).decode(),
    "base64 after letters": lambda marker: "ref" + base64.b64encode(marker.encode()).decode(),
    "base64 in lines": lambda marker: base64.encodebytes(f"{'x' * 45}{marker}{'y' * 40}".encode()).decode(),
    "base32": lambda marker: base64.b32encode(marker.encode()).decode(),
    "hexadecimal": lambda marker: marker.encode().hex(),
    "hexadecimal with colons": lambda marker: marker.encode().hex(":"),
    "hexadecimal in upper case": lambda marker: marker.encode().hex(" ").upper(),
    "HTML entities in decimals": lambda marker: "".join(f"&#{ord(letter)};" for letter in marker),
    "HTML entities in hexadecimal": lambda marker: "".join(f"&#x{ord(letter):x};" for letter in marker),
    "escapes of a program": lambda marker: "".join(f"\\u{ord(letter):04x}" for letter in marker),
    "quoted printable": lambda marker: "".join(f"={ord(letter):02X}" for letter in marker),
}


@pytest.mark.parametrize("name", FORMS)
def test_the_marker_is_found_in_this_form(name: str) -> None:
    answer = f"You may want to know: {FORMS[name](MARKER)} - that is all."

    assert marker_found(MARKER, json.dumps({"answer": answer}))


@pytest.mark.parametrize("name", FORMS)
def test_the_marker_is_found_in_this_form_outside_json(name: str) -> None:
    assert marker_found(MARKER, f"<html>500: {FORMS[name](MARKER)} </html>")


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


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(MARKER[:-1], id="cut short"),
        pytest.param(MARKER[:-1] + "f", id="last character changed"),
        pytest.param("ZQ-00000000000000000000", id="another marker"),
        pytest.param(f"{MARKER[:10]} and later {MARKER[10:]}", id="words between"),
    ],
)
def test_what_is_not_the_marker_is_not_found(body: str) -> None:
    assert not marker_found(MARKER, body)


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
