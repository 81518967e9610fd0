"""Signed notes against the published one, and what is refused."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from system_under_test.audit.notes import NoteError, opened_note, signed_note

PUBLISHED_KEY = "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PUBLISHED_SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
PUBLISHED = f"{PUBLISHED_TEXT}\n\u2014 PeterNeumann {PUBLISHED_SIGNATURE}\n"
"""The example of the note package of Go's checksum database."""
KEY = Ed25519PrivateKey.generate()
NOTE = signed_note("a text\nof two lines\n", "signer/log", KEY)


def test_the_published_note_opens() -> None:
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(PUBLISHED_KEY)[1:])

    assert opened_note(PUBLISHED, key) == (PUBLISHED_TEXT, "PeterNeumann")
    with pytest.raises(NoteError, match="does not hold"):
        opened_note(PUBLISHED.replace("cryptography", "cryptographY"), key)


def test_what_was_signed_opens_with_its_key_alone() -> None:
    assert opened_note(NOTE, KEY.public_key()) == ("a text\nof two lines\n", "signer/log")
    with pytest.raises(NoteError, match="not signed with this key"):
        opened_note(NOTE, Ed25519PrivateKey.generate().public_key())


def test_a_name_cannot_be_put_in_the_place_of_another() -> None:
    with pytest.raises(NoteError):
        opened_note(NOTE.replace("\u2014 signer/log ", "\u2014 other/log "), KEY.public_key())


def test_no_character_of_a_note_can_be_changed() -> None:
    for place in range(len(NOTE)):
        for other in {"A", "B", " ", "\n", "=", "\u2014"} - {NOTE[place]}:
            with pytest.raises(NoteError):
                opened_note(NOTE[:place] + other + NOTE[place + 1 :], KEY.public_key())


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        "text\n",
        NOTE + "x",
        NOTE + NOTE.rpartition("\n\n")[2],
        NOTE[:-1],
        NOTE.replace("=", ""),
        NOTE.replace("\u2014", "-"),
        NOTE + "\n",
    ],
    ids=["nothing", "blank", "no signature", "more", "twice", "no newline", "no padding", "no dash", "newline"],
)
def test_what_is_no_note_with_one_signature_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        opened_note(note, KEY.public_key())


def test_a_signature_has_one_spelling() -> None:
    """Two of the last six bits of the base64 are unused, so that four spellings decode to the same bytes."""
    head, last = NOTE[:-3], NOTE[-3]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = alphabet[alphabet.index(last) ^ 1]

    with pytest.raises(NoteError, match="spelling"):
        opened_note(f"{head}{other}=\n", KEY.public_key())
