"""Content that acts where it is shown: links, images, markup. A planted one could carry data out through the reader."""

import re
from typing import Final

_ACTIVE: Final = re.compile(r"://|\]\(|\]\[|<[a-zA-Z!/?]|javascript:|data:", re.IGNORECASE)


def is_active(text: str) -> bool:
    """Whether whoever renders the text as Markdown or HTML could be made to fetch or follow something."""
    return _ACTIVE.search(text) is not None
