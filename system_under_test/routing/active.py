"""Content that acts where it is shown: links, images, markup. A planted one could carry data out through the reader."""

import re
from typing import Final

_ACTIVE: Final = re.compile(
    r"//\S|\\\\\S|\bwww\.\S|\]\(|\]\[|<[a-zA-Z!/?]|\b(?:javascript|data|mailto):|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]",
    re.IGNORECASE,
)
"""Many renderers make a link of `www.`, of an address without a scheme and of the name of a share, too, and a terminal
obeys control characters."""


def is_active(text: str) -> bool:
    """Whether whoever renders the text as Markdown or HTML could be made to fetch or follow something."""
    return _ACTIVE.search(text) is not None
