"""Names and texts as MLflow takes them.

MLflow allows ASCII letters, digits and `_ - . space /` in the name of a metric, a parameter or a tag (a colon is
refused on some systems and is therefore not used), at most 250 characters, and nothing that reads as a path elsewhere.

What is rewritten, the same for every run, so that equal figures have equal names:

    ndcg@10              ndcg_at_10
    quantile(0.95)       quantile_0.95
    share_over(0.01)     share_over_0.01
    tag=number (slice)   tag.number/ in front of the name: MLflow shows each slice as a section of its own

Any other character becomes `_`, and the name then ends in eight hexadecimal digits of the sha256 of what was declared,
as does a name that is too long. Two names that become one all the same (`a@b` and `a_at_b`) are found when the run is
read back, for one of their figures is then missing.
"""

import hashlib
import re
import unicodedata

from harness.domain.scores import Metric

LONGEST_NAME = 250
LONGEST_TEXT = 8000
"""Of a tag's value, in characters."""
LONGEST_PARAMETER = 6000
_LONGEST_BASE = LONGEST_NAME - len(".missing.reason")
"""Room for what is put before or after a cleaned name: `check.`, `missing.`, `.errored`, `.reason`."""
_REWRITTEN = str.maketrans({"@": "_at_", "(": "_", ")": "", "=": "."})
_REFUSED = re.compile(r"[^A-Za-z0-9_.\- ]")
_CUT = " [cut]"


def metric_name(metric: Metric) -> str:
    """`<metric>.<aggregate>`, after `<slice>/` for a slice; the same on every route."""
    figure = f"{metric.name}.{metric.aggregate}"
    if metric.slice == "all":
        return _name("", figure)
    return _name(metric.slice, figure)


def plain_name(declared: str) -> str:
    """A declared name without a section, such as the id of a check."""
    return _name("", declared)


def text(value: str, limit: int = LONGEST_TEXT) -> str:
    """`value` without characters that a database refuses (controls but line feeds, lone surrogates), cut to `limit`."""
    kept = "".join(c if c == "\n" or unicodedata.category(c) not in {"Cc", "Cs"} else "?" for c in value)
    return kept if len(kept) <= limit else kept[: limit - len(_CUT)] + _CUT


def _name(section: str, figure: str) -> str:
    parts = [part for part in (section, figure) if part] or ["unnamed"]
    cleaned = "/".join(_part(part) for part in parts)
    faithful = all(_is_faithful(part) for part in parts)
    if faithful and len(cleaned) <= _LONGEST_BASE:
        return cleaned
    mark = hashlib.sha256(f"{section}\n{figure}".encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{cleaned[: _LONGEST_BASE - len(mark) - 1].rstrip('/')}_{mark}"


def _is_faithful(part: str) -> bool:
    spelled = part.translate(_REWRITTEN)
    return bool(spelled) and not _REFUSED.search(spelled) and not spelled.startswith(".")


def _part(declared: str) -> str:
    """One part of a name, never empty; leading dots go, for `.` and `..` are folders to MLflow."""
    spelled = _REFUSED.sub("_", declared.translate(_REWRITTEN))
    return "_" + spelled.lstrip(".") if spelled.startswith(".") or not spelled else spelled
