"""Real small files, made on the spot, and a converter that needs no process."""

import io
import zipfile
import zlib
from collections.abc import Sequence

from system_under_test.ingestion.faults import FileFault
from system_under_test.ingestion.kinds import Kind

DOCX_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONSHIPS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_STYLES = (
    '<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style></w:styles>'
)
_DOCUMENT = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><w:body>{}</w:body></w:document>'
)


def paragraph(text: str, style: str = "") -> str:
    """A paragraph of a DOCX."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"


def picture(attribute: str, identity: str) -> str:
    """A paragraph with a picture: `r:embed` for a part of the package, `r:link` for an address outside."""
    return (
        '<w:p><w:r><w:drawing><wp:inline><wp:docPr id="1" name="p" descr="a chart"/><a:graphic><a:graphicData>'
        f'<pic:pic><pic:blipFill><a:blip {attribute}="{identity}"/></pic:blipFill></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    )


def docx(body: str, *, prolog: str = "", types: str = DOCX_TYPES, parts: dict[str, str | bytes] | None = None) -> bytes:
    """A DOCX with the given body."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", types)
        package.writestr("_rels/.rels", _RELATIONSHIPS)
        package.writestr("word/document.xml", prolog + _DOCUMENT.format(body))
        package.writestr("word/styles.xml", _STYLES)
        for name, content in (parts or {}).items():
            package.writestr(name, content)
    return target.getvalue()


def page(*lines: str) -> bytes:
    """The content stream of a PDF page."""
    shown = " ".join(f"({line}) Tj T*" for line in lines)
    return f"BT /F1 12 Tf 72 720 Td 14 TL {shown} ET".encode("ascii")


def pdf(pages: Sequence[bytes], *, compressed: bool = False, encrypted: bool = False) -> bytes:
    """A PDF with one content stream a page."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode("ascii"),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number, plain in enumerate(pages):
        stream = zlib.compress(plain, 9) if compressed else plain
        kind = "/Filter/FlateDecode" if compressed else ""
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>"
            f"/Contents {5 + 2 * number} 0 R>>".encode("ascii")
        )
        objects.append(f"<</Length {len(stream)}{kind}>>stream\n".encode("ascii") + stream + b"\nendstream")
    content = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, value in enumerate(objects, start=1):
        offsets.append(len(content))
        content += f"{number} 0 obj\n".encode("ascii") + value + b"\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    # A password is asked for because no password makes these digests.
    lock = f"/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<{'00' * 32}>/U<{'11' * 32}>>>" if encrypted else ""
    trailer = (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer<</Size {len(objects) + 1}/Root 1 0 R{lock}>>"
    )
    return bytes(content) + f"{trailer}\nstartxref\n{len(content)}\n%%EOF".encode("ascii")


class Plain:
    """A Converter that reads every kind as UTF-8 text and remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[tuple[Kind, bytes]] = []

    def convert(self, kind: Kind, content: bytes) -> tuple[str, str | None]:
        self.given.append((kind, content))
        text = content.decode("utf-8").strip("\n")
        if not text:
            raise FileFault("empty")
        return text, text.splitlines()[0].removeprefix("# ") if text.startswith("# ") else None
