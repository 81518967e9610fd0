"""A DOCX before it is converted: its parts counted, measured and checked; only what conversion needs is handed on."""

import io
import zipfile
from xml.parsers import expat

from system_under_test.ingestion.faults import FileFault
from system_under_test.ingestion.limits import Limits

_TYPES = "[Content_Types].xml"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_LEFT_OUT = ("customxml/", "docprops/")
"""Properties and data of other programs; no text comes from them."""
_DEPTH = 200
"""Elements inside elements. Word itself nests tables about ten deep."""
_ENCRYPTED_FLAG = 0x1


def cleaned(content: bytes, limits: Limits) -> bytes:
    """The package with its XML parts alone; every other part (image, font, macro, style map) is emptied.

    Raises FileFault: `disagrees` for another kind of package, `encrypted`, `unpacked` beyond the limits, `doctype` for
    a document type declaration (and so for every entity), `nesting`, `broken` otherwise.
    """
    target = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w") as result:
            _refuse_bad_entries(source.infolist(), limits)
            if _TYPES not in source.namelist():
                raise FileFault("disagrees", "it is a ZIP archive without the parts of a DOCX")
            if _MAIN not in _text(source.read(_TYPES)):
                raise FileFault("disagrees", "it is another kind of Office file")
            for entry in source.infolist():
                _copy(source, entry, result)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError) as error:
        raise FileFault("broken", type(error).__name__) from None
    return target.getvalue()


def _copy(source: zipfile.ZipFile, entry: zipfile.ZipInfo, result: zipfile.ZipFile) -> None:
    name = entry.filename
    if entry.is_dir() or name.casefold().startswith(_LEFT_OUT):
        return
    part = b""
    if name.casefold().endswith((".xml", ".rels")):
        part = source.read(entry)
        _refuse_bad_xml(name, part)
    # An image stays as an empty part: its alternative text is still read, its content never.
    result.writestr(name, part)


def _refuse_bad_entries(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.entries:
        raise FileFault("unpacked", f"{len(entries)} parts, at most {limits.entries}")
    if any(entry.flag_bits & _ENCRYPTED_FLAG for entry in entries):
        raise FileFault("encrypted")
    names = {entry.filename.casefold() for entry in entries}
    if len(names) != len(entries):
        raise FileFault("broken", "two parts have one name")
    # zipfile reads no more of a part than its directory announces, so the sum below cannot be exceeded.
    size = sum(entry.file_size for entry in entries if entry.filename.casefold().endswith((".xml", ".rels")))
    if size > limits.unpacked_bytes:
        raise FileFault("unpacked", f"{size} bytes, at most {limits.unpacked_bytes}")


def _text(part: bytes) -> str:
    return part.decode("utf-16" if part.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8", "replace")


def _refuse_bad_xml(name: str, part: bytes) -> None:
    """One pass with expat alone, which builds nothing, before parsers that build a tree see the part."""
    depth = 0

    def opened(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEPTH:
            raise FileFault("nesting", name)

    def closed(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def declared(*_declaration: object) -> None:
        raise FileFault("doctype", name)

    parser = expat.ParserCreate()
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.StartDoctypeDeclHandler = declared
    try:
        parser.Parse(part, True)  # noqa: FBT003 - expat's own signature
    except expat.ExpatError as error:
        raise FileFault("broken", f"{name}, line {error.lineno}") from None
