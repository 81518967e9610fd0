"""Texts that would do harm where they are not escaped, and the way to put them everywhere in a record."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from harness.domain.checks import Check, Fault
from harness.domain.digest import digest_of
from harness.domain.scores import Metric

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "]]></failure><script/>",
    "\x1b[31mred\x1b[0m\x07",
    "\r\n::set-output name=verdict::PASSED",
    "::error file=a.py,line=1::broken",
    "=HYPERLINK(1)",
    "| PASSED | `x` | **bold** | [a](http://evil.example) |",
    "<!-- harness:gate -->",
    "@everyone @octocat #1 https://evil.example www.evil.example",
    "\u202egnp.exe \u2028 \x00 \ud800 \ufffe",
    "{{ 7*7 }}{% raw %} ${x} $\\frac{",
    "</style></title></textarea><svg onload=alert(1)>",
    "<details open ontoggle=alert(1)>\n\n# heading\n- item\n",
    "<iframe src=//evil.example></iframe><base href=//evil.example>",
    "\u6f22\u5b57 \u0645\u0631\u062d\u0628\u0627 \U0001f600",
)

_CLOSED = {
    "kind",
    "bound",
    "severity",
    "status",
    "outcome",
    "metric",
    "aggregate",
    "clearance",
    "verb",
    "family",
    "marker",
}
_CLOSED_OF: Mapping[type, set[str]] = {Check: {"reason"}, Fault: {"reason"}, Metric: {"name"}}


def spoilt(noun: Any, spoil: Callable[[str], str], *, keep: bool = False) -> Any:
    """The noun with every free text in it changed; equal texts stay equal."""
    if isinstance(noun, str):
        return noun if keep else spoil(noun)
    if isinstance(noun, tuple | list):
        return type(noun)(spoilt(item, spoil, keep=keep) for item in noun)
    if isinstance(noun, Mapping):
        return {spoilt(key, spoil): spoilt(value, spoil) for key, value in noun.items()}
    if not is_dataclass(noun) or isinstance(noun, type):
        return noun
    closed = _CLOSED | _CLOSED_OF.get(type(noun), set())
    return replace(
        noun, **{item.name: spoilt(getattr(noun, item.name), spoil, keep=item.name in closed) for item in fields(noun)}
    )  # fmt: skip


def payload(text: str) -> str:
    """The text with one of the payloads after it, always the same one."""
    return text + PAYLOADS[int(digest_of(text)[:8], 16) % len(PAYLOADS)]
