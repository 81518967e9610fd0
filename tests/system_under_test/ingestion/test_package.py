"""DOCX packages before their conversion."""

import io
import zipfile
from types import ModuleType

import pytest

from system_under_test.ingestion.faults import FileFault
from system_under_test.ingestion.limits import Limits
from system_under_test.ingestion.package import cleaned

LIMITS = Limits(unpacked_bytes=100_000, entries=20)


def refusal(content: bytes) -> str:
    with pytest.raises(FileFault) as caught:
        cleaned(content, LIMITS)
    return caught.value.code


def test_only_xml_is_handed_on(made: ModuleType) -> None:
    parts = {
        "word/media/image1.png": b"\x89PNG",
        "mammoth/style-map": "p => !",
        "customXml/item1.xml": "<data/>",
        "docProps/core.xml": "<core/>",
        "word/vbaProject.bin": b"macro",
        "word/footnotes.xml": "<w/>",
    }

    result = zipfile.ZipFile(io.BytesIO(cleaned(made.docx(made.paragraph("Text"), parts=parts), LIMITS)))

    assert result.read("word/media/image1.png") == b""
    assert result.read("mammoth/style-map") == b""
    assert result.read("word/vbaProject.bin") == b""
    assert result.read("word/footnotes.xml") == b"<w/>"
    assert b"Text" in result.read("word/document.xml")
    assert not {"customXml/item1.xml", "docProps/core.xml"}.intersection(result.namelist())


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">',
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
    ],
    ids=["file", "address", "laughs"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_in_every_encoding(made: ModuleType, prolog: str, encoding: str) -> None:
    part = f'<?xml version="1.0" encoding="{encoding}"?>{prolog}<x>&lt;</x>'.encode(encoding)

    assert refusal(made.docx("", parts={"word/footnotes.xml": part})) == "doctype"
    twin = part.decode(encoding).replace(prolog, "").encode(encoding)
    assert cleaned(made.docx("", parts={"word/footnotes.xml": twin}), LIMITS)


def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked(made: ModuleType) -> None:
    assert refusal(made.docx(" " * 100_000)) == "unpacked"
    assert cleaned(made.docx(" " * 90_000), LIMITS)


def test_a_part_cannot_hold_more_than_the_directory_announces(made: ModuleType) -> None:
    content = made.docx(" " * 150_000)
    size = len(zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml"))
    understated = content.replace(size.to_bytes(4, "little"), (50_000).to_bytes(4, "little"))

    assert refusal(understated) == "broken"


def test_too_many_parts_are_refused(made: ModuleType) -> None:
    assert refusal(made.docx("", parts={f"x{number}.bin": b"" for number in range(20)})) == "unpacked"


def test_elements_inside_elements_end_somewhere(made: ModuleType) -> None:
    assert refusal(made.docx("<a>" * 300 + "</a>" * 300)) == "nesting"
    assert cleaned(made.docx("<a>" * 100 + "</a>" * 100), LIMITS)


def test_an_encrypted_part_is_told_as_encrypted(made: ModuleType) -> None:
    content = bytearray(made.docx(made.paragraph("x")))
    for signature, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        content[content.index(signature) + offset] |= 1

    assert refusal(bytes(content)) == "encrypted"


@pytest.mark.parametrize("types", ["<Types/>", "spreadsheetml.sheet.main+xml"], ids=["none", "spreadsheet"])
def test_another_kind_of_office_file_is_refused(made: ModuleType, types: str) -> None:
    assert refusal(made.docx("", types=types)) == "disagrees"


def test_a_zip_archive_that_is_no_office_file_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        package.writestr("readme.txt", "x")

    assert refusal(target.getvalue()) == "disagrees"


def test_two_parts_of_one_name_are_refused(made: ModuleType) -> None:
    assert refusal(made.docx("", parts={"word/Document.xml": "<x/>"})) == "broken"


@pytest.mark.parametrize("cut", [10, 200, -30])
def test_a_broken_package_is_refused(made: ModuleType, cut: int) -> None:
    assert refusal(made.docx(made.paragraph("x"))[:cut]) == "broken"


def test_xml_that_does_not_end_is_refused(made: ModuleType) -> None:
    assert refusal(made.docx("", parts={"word/footnotes.xml": "<a>"})) == "broken"
