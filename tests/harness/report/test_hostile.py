"""Hostile text stays text: no active content, no marker of a canary, nothing of another tenant."""

import re
import unicodedata
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from harness.report.console import render_verdict
from harness.report.junit import render_junit
from harness.report.markdown import MARKER, render_summary

HTML_TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "main",
    "header",
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "dl",
    "div",
    "dt",
    "dd",
    "section",
    "ul",
    "li",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "span",
    "small",
    "strong",
    "figure",
    "img",
    "figcaption",
    "article",
    "details",
    "summary",
    "br",
}
HTML_ATTRIBUTES = {
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "data-label",
    "colspan",
    "scope",
    "src",
    "alt",
}
SUMMARY_TAGS = {"p", "strong", "code", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "ul", "li"}
SVG_TAGS = {"svg", "style", "defs", "g", "path", "use", "clipPath", "rect"}


class Tags(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def pictures_in(page: str) -> Iterator[str]:
    for _, attributes in (item for item in Tags(page).found if item[0] == "img"):
        head, _, body = (attributes["src"] or "").partition(",")
        assert head == "data:image/svg+xml;base64"
        yield b64decode(body, validate=True).decode("utf-8")


def folded(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def test_the_page_holds_no_tag_and_no_attribute_that_could_act(hostile, page_of):
    for tag, attributes in Tags(page_of(hostile)).found:
        assert tag in HTML_TAGS
        assert attributes.keys() <= HTML_ATTRIBUTES
        assert attributes.get("http-equiv") in {None, "Content-Security-Policy"}
        assert (attributes.get("src") or "data:image/svg+xml;base64,").startswith("data:image/svg+xml;base64,")


def test_the_pictures_hold_only_drawing_and_refer_only_to_themselves(hostile, page_of):
    drawn = list(pictures_in(page_of(hostile)))

    assert len(drawn) >= 4
    for picture in drawn:
        for element in ET.fromstring(picture).iter():
            assert element.tag.rpartition("}")[2] in SVG_TAGS
            links = [value for name, value in element.attrib.items() if name.rpartition("}")[2] == "href"]
            assert all(link.startswith("#") for link in links)
            assert not [name for name in element.attrib if name.lower().startswith("on")]


def test_a_summary_holds_only_its_own_tags_and_a_single_marker(hostile):
    text = render_summary(hostile)

    tags = Tags(MarkdownIt("gfm-like", {"linkify": False}).render(text)).found
    assert {tag for tag, _ in tags} <= SUMMARY_TAGS
    assert all(not attributes for _, attributes in tags)
    assert text.count(MARKER) == 1
    assert text.endswith(f"{MARKER}\n")


def test_a_summary_starts_no_workflow_command_mentions_nobody_and_links_nowhere(hostile):
    text = render_summary(hostile)

    assert "::" not in text
    assert not re.search(r"@\w", re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), text))
    assert "https://" not in text
    assert "www." not in text


def test_control_characters_reach_neither_a_terminal_nor_an_xml_reader(hostile, page_of):
    console = render_verdict(hostile, colour=False, folder="reports/\x1b[31mx")
    junit = render_junit(hostile)

    for text in (console, junit, render_summary(hostile), page_of(hostile)):
        bad = {sign for sign in text if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}} - {"\n"}
        assert bad <= {"\u200b"} if text.endswith(f"{MARKER}\n") else not bad
    assert ET.fromstring(junit).tag == "testsuites"


def test_no_line_of_the_console_is_read_as_a_workflow_command(hostile):
    lines = render_verdict(hostile, colour=False, folder="reports/x").splitlines()

    assert not [line for line in lines if line.lstrip().startswith("::")]


def test_no_surface_repeats_a_marker_in_any_folding(spilling, surface):
    markers = {folded(canary.marker) for ask in spilling.asks for canary in ask.case.canaries}
    text = surface.render(spilling)
    page = text if surface.name != "html" else "".join([text, *pictures_in(text)])

    found = folded(page)

    assert markers
    assert not [marker for marker in markers if marker in found or marker[::-1] in found]
    assert "withheld" in found


@pytest.mark.parametrize("name", ["failing", "inconclusive"])
def test_no_surface_repeats_a_text_of_another_tenant(name, surface, request):
    record = request.getfixturevalue(name)
    foreign = next(item for item in record.observations if item.case_id.startswith("twin.")).answer.text

    found = folded(surface.render(record))

    assert folded(foreign)[:30] not in found
    assert folded("Fenwick Mills") not in found


def test_a_marker_that_the_redaction_does_not_know_is_seen_by_these_tests(spilling):
    markers = {folded(canary.marker) for ask in spilling.asks for canary in ask.case.canaries}
    asks = tuple(replace(ask, case=replace(ask.case, canaries=())) for ask in spilling.asks)

    found = folded(render_junit(replace(spilling, asks=asks)))

    assert [marker for marker in markers if marker in found]
