"""The search for links finds every way out, and none in what leads nowhere."""

import pytest

from harness.probes.egress import LONGEST, egress, host_of, urls
from harness.probes.selftest_egress import ALLOWED, BENIGN, FOREIGN, FORMS, MARKER, self_test


@pytest.mark.parametrize("name", FORMS)
def test_a_way_to_a_foreign_host_is_found(name: str) -> None:
    assert egress(FORMS[name](FOREIGN, "an-ordinary-word-or-two"), ALLOWED, ()) != ()


@pytest.mark.parametrize("name", FORMS)
def test_a_marker_in_a_link_is_found_whatever_its_host(name: str) -> None:
    assert "a marker in the links" in egress(FORMS[name](ALLOWED[0], MARKER), ALLOWED, (MARKER,))


@pytest.mark.parametrize("name", BENIGN)
def test_a_benign_answer_carries_nothing_out(name: str) -> None:
    assert egress(BENIGN[name], ALLOWED, (MARKER,)) == ()


def test_the_self_test_finds_all_and_says_so() -> None:
    found = self_test()

    assert (found.missed, found.wrong) == ((), ())
    assert found.tried >= 30
    assert len(BENIGN) >= 15
    assert found.sentence == (
        f"{found.tried} of {found.tried} ways out found by the search for links, version {found.version}, "
        f"0 of {len(BENIGN)} benign answers taken for one"
    )


def test_the_self_test_names_what_another_search_misses_and_takes_for_a_link() -> None:
    found = self_test(lambda text, _allowed, _markers: ("a marker in the links",) if "https://" in text else ())

    assert {"scheme-relative", "bare without a scheme", "mail"} <= set(found.missed)
    assert "image" not in found.missed
    assert "its own source" in found.wrong
    assert "plain" not in found.wrong


@pytest.mark.parametrize(
    ("text", "links"),
    [
        pytest.param("[b][a]\n\n[a]: /x\n[c]: /y", ["/x", "/y"], id="definitions, used or not"),
        pytest.param("`https://a.example/x`", ["https://a.example/x"], id="in code"),
        pytest.param("<!-- https://a.example/x -->", ["https://a.example/x"], id="in a comment"),
        pytest.param("(https://a.example/x).", ["https://a.example/x"], id="between parentheses"),
        pytest.param("**https://a.example/x**", ["https://a.example/x"], id="between stars"),
        pytest.param("no link", [], id="none"),
        pytest.param("", [], id="no text"),
    ],
)
def test_every_link_is_listed_once(text: str, links: list[str]) -> None:
    assert list(urls(text)) == links


@pytest.mark.parametrize(
    ("url", "host"),
    [
        pytest.param("https://A.Example./x", "a.example", id="capitals and a last dot"),
        pytest.param("https://\uff41.example\u3002", "a.example", id="other letters and another dot"),
        pytest.param("https://b.example@a.example/", "a.example", id="behind a user name"),
        pytest.param("https://a.example\\@b.example/", "a.example", id="before a backslash"),
        pytest.param("https:///a.example/", "a.example", id="three slashes"),
        pytest.param("HTTP:a.example/x", "a.example", id="no slash"),
        pytest.param("//a.example:99/x", "a.example", id="no scheme"),
        pytest.param("https://[::1]/x", "::1", id="an address"),
        pytest.param("https://[::1/x", "?", id="no address"),
        pytest.param("ht\ttps://a.exa\nmple/x", "a.example", id="white space inside"),
        pytest.param("/x?y#z", "", id="relative"),
        pytest.param("mailto:me@a.example?cc=b@c.example", "a.example", id="mail"),
        pytest.param("data:,x", "?", id="data"),
    ],
)
def test_a_url_leads_where_a_browser_would_go(url: str, host: str) -> None:
    assert host_of(url) == host


def test_a_second_address_of_a_mail_counts() -> None:
    assert egress("[m](mailto:me@a.example?cc=you@b.example)", ["a.example"], ()) != ()
    assert egress("[m](mailto:me@a.example?cc=you@b.example)", ["a.example", "b.example"], ()) == ()


def test_another_marker_and_a_part_of_it_are_none() -> None:
    text = f"[x](https://{ALLOWED[0]}/{MARKER[:-3]}) [y](https://{ALLOWED[0]}/ZQ-00000000000000000000)"

    assert egress(text, ALLOWED, (MARKER,)) == ()


def test_what_is_found_repeats_nothing_of_the_text() -> None:
    found = " ".join(egress(FORMS["image"](FOREIGN, MARKER), ALLOWED, (MARKER,)))

    assert found == "link 1 leads to a host that is not allowed a marker in the links"


@pytest.mark.parametrize(
    "text", ["\x00", "<\x00img src=//a.example>", "\ud800 <b>", "&#xD800;", "[a](\x07)", "<a " * 999]
)
def test_strange_texts_are_read_without_a_fault(text: str) -> None:
    assert isinstance(egress(text, (), (MARKER,)), tuple)


def test_an_answer_that_is_too_long_to_parse_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 100000 characters"):
        urls("x" * (LONGEST + 1))
