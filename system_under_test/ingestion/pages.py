"""A PDF before it is converted: whether it opens without a password, and how many pages it has."""

import io

from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError
from pdfminer.pdfexceptions import PDFException
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.psexceptions import PSException

from system_under_test.ingestion.faults import FileFault
from system_under_test.ingestion.limits import Limits


def refuse_unreadable(content: bytes, limits: Limits) -> None:
    """Raises FileFault: `encrypted`, `pages` beyond the limit, `broken` without a page or with a bad structure."""
    number = 0
    try:
        document = PDFDocument(PDFParser(io.BytesIO(content)))
        # The announced count of pages is the file's own word; only counting them is evidence.
        for number, _ in enumerate(PDFPage.create_pages(document), start=1):
            if number > limits.pages:
                raise FileFault("pages", f"at most {limits.pages}")
    except PDFEncryptionError:
        raise FileFault("encrypted") from None
    except (PDFException, PSException) as error:
        raise FileFault("broken", type(error).__name__) from None
    if number == 0:
        raise FileFault("broken", "it has no page")
