"""Content that acts where it is shown: links, images, markup. A planted one could carry data out through the reader."""

import re
from typing import Final

_ACTIVE: Final = re.compile(r"//\S|\bwww\.\S|\]\(|\]\[|<[a-zA-Z!/?]|\b(?:javascript|data|mailto):", re.IGNORECASE)
"""Many renderers make a link of `www.` and of an address without a scheme, too."""


def is_active(text: str) -> bool:
    """Whether whoever renders the text as Markdown or HTML could be made to fetch or follow something."""
    return _ACTIVE.search(text) is not None
