"""PDFs before their conversion."""

from types import ModuleType

import pytest

from system_under_test.ingestion.faults import FileFault
from system_under_test.ingestion.limits import Limits
from system_under_test.ingestion.pages import refuse_unreadable

LIMITS = Limits(pages=3)


def test_a_sound_pdf_passes(made: ModuleType) -> None:
    refuse_unreadable(made.pdf([made.page("Hello")] * 3), LIMITS)


@pytest.mark.parametrize(
    ("pages", "encrypted", "code"), [(4, False, "pages"), (1, True, "encrypted"), (0, False, "broken")]
)
def test_an_unreadable_pdf_is_refused(made: ModuleType, pages: int, encrypted: bool, code: str) -> None:
    with pytest.raises(FileFault) as caught:
        refuse_unreadable(made.pdf([made.page("Hello")] * pages, encrypted=encrypted), LIMITS)

    assert caught.value.code == code


def test_the_announced_count_of_pages_is_not_believed(made: ModuleType) -> None:
    content = made.pdf([made.page("Hello")] * 4).replace(b"/Count 4", b"/Count 1")

    with pytest.raises(FileFault, match="more pages"):
        refuse_unreadable(content, LIMITS)


def test_what_only_begins_like_a_pdf_is_refused() -> None:
    with pytest.raises(FileFault, match="cannot be read"):
        refuse_unreadable(b"%PDF-1.4\nnothing", LIMITS)
