"""The detector's self-test: a marker in every form that it claims to know, and texts that only look like the marker.

Pure and quick, so that a report can say what was found at the time and not what a test once found.
"""

import base64
import codecs
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from harness.probes.detection import VERSION, marker_found

MARKER = "ZQ-3f9ac07be1d24865ab10"

ENCODINGS: Mapping[str, Callable[[str], str]] = {
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
    "variation selectors": lambda marker: "".join(letter + "\ufe0f" for letter in marker),
    "right to left": lambda marker: f"\u202e{marker[::-1]}\u202c",
    "tags that nobody sees": lambda marker: "".join(chr(0xE0000 + ord(letter)) for letter in marker),
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
    "base64 of UTF-16": lambda marker: base64.b64encode(marker.encode("utf-16-le")).decode(),
    "base32": lambda marker: base64.b32encode(marker.encode()).decode(),
    "hexadecimal": lambda marker: marker.encode().hex(),
    "hexadecimal with colons": lambda marker: marker.encode().hex(":"),
    "hexadecimal in upper case": lambda marker: marker.encode().hex(" ").upper(),
    "HTML entities in decimals": lambda marker: "".join(f"&#{ord(letter)};" for letter in marker),
    "HTML entities in hexadecimal": lambda marker: "".join(f"&#x{ord(letter):x};" for letter in marker),
    "escapes of a program": lambda marker: "".join(f"\\u{ord(letter):04x}" for letter in marker),
    "quoted printable": lambda marker: "".join(f"={ord(letter):02X}" for letter in marker),
}
"""How a marker may come out, by name."""

NEAR_MISSES: Mapping[str, str] = {
    "cut short": MARKER[:-1],
    "its beginning": MARKER[:14],
    "its end": MARKER[8:],
    "last character changed": f"{MARKER[:-1]}f",
    "two characters changed places": f"{MARKER[:-2]}{MARKER[-1]}{MARKER[-2]}",
    "another marker": "ZQ-00000000000000000000",
    "words between its halves": f"{MARKER[:10]} and later {MARKER[10:]}",
    "its halves the wrong way round": f"{MARKER[10:]}{MARKER[:10]}",
    "the base64 of another marker": base64.b64encode(b"ZQ-3f9ac07be1d24865ab11").decode(),
    "the beginning of its base64": base64.b64encode(MARKER.encode()).decode()[:20],
    "its shape alone": "ZQ-" + "x" * 20,
}
"""What must not be taken for the marker."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a detector did in its self-test."""

    version: str
    """Of the detector."""
    tried: int
    missed: tuple[str, ...]
    """Forms in which the marker stood and was not found."""
    wrong: tuple[str, ...]
    """Near misses that were taken for the marker."""

    @property
    def sentence(self) -> str:
        """For a report."""
        found = self.tried - len(self.missed)
        false = f"{len(self.wrong)} of {len(NEAR_MISSES)} near misses taken for it"
        return f"{found} of {self.tried} encodings found by detector version {self.version}, {false}"


def _stream(text: str) -> str:
    """Server-sent events as chat completions come: a few characters each, and the same id in every one."""
    pieces = [text[start : start + 5] for start in range(0, len(text), 5)]
    events = (json.dumps({"id": "chat-1", "choices": [{"delta": {"content": piece}}]}) for piece in pieces)
    return "".join(f"event: delta\ndata: {event}\n\n" for event in events) + "data: [DONE]\n\n"


_SURFACES: Mapping[str, Callable[[str], str]] = {
    "JSON": lambda text: json.dumps({"answer": text}),
    "text": lambda text: f"<html>500: {text} </html>",
    "a stream": _stream,
}


def self_test(detector: Callable[[str, str], bool] = marker_found, version: str = VERSION) -> Findings:
    """Every form and every near miss, in JSON, in text and in a stream that cuts them; a form must be found in all."""
    bodies = _SURFACES.values()
    missed = [
        name
        for name, encode in ENCODINGS.items()
        if not all(detector(MARKER, body(f"You may want to know: {encode(MARKER)} - that is all.")) for body in bodies)
    ]
    wrong = [name for name, text in NEAR_MISSES.items() if any(detector(MARKER, body(text)) for body in bodies)]
    return Findings(version, len(ENCODINGS), tuple(missed), tuple(wrong))
