"""One page that needs nothing else and trusts no text."""

from __future__ import annotations

import dataclasses
import re

import pytest
from lxml import html as parser

from app.daybook import html
from app.daybook.compose import compose
from app.daybook.content import Content
from app.daybook.html import linkable
from app.daybook.material import Material
from app.faces.charts.palette import THEMES
from tests.app.daybook.hostile import TEXTS, hostile


def test_it_asks_for_nothing_and_runs_nothing(page: bytes, content: Content) -> None:
    tree = parser.fromstring(page)
    assert not tree.xpath("//script | //link | //iframe | //object | //embed | //img | //base")
    assert not [name for name in tree.xpath("//@*") if name.attrname.startswith("on")]
    sources = {source.url for section in content.sections for source in section.sources}
    for link in tree.xpath("//@href | //@src | //@*[local-name()='href']"):
        assert link.startswith("#") or link in sources, link
    styles = " ".join([*tree.xpath("//style/text()"), *tree.xpath("//@style")])
    assert not re.search(r"url\(|@import|expression\(", styles)
    for address in re.findall(rb"https?://[^\s\"'<>]+", page):
        assert address.decode() in sources or address.startswith(b"http://www.w3.org/"), address


def test_it_is_one_document_with_text_for_every_picture(page: bytes) -> None:
    tree = parser.fromstring(page)
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in tree.xpath("//@href") if link.startswith("#")} <= set(ids)
    assert len(tree.xpath("//h1")) == 1
    pictures = tree.xpath("//svg")
    assert len(pictures) == 2 * len(tree.xpath("//figure"))
    assert all(one.get("aria-hidden") == "true" for one in pictures)
    assert all(len(one) > 40 for one in tree.xpath("//figure/*[@role='img']/@aria-label"))
    assert tree.get("lang") == "en"
    assert all(tree.xpath("//table/caption/text()"))


def test_its_pictures_follow_the_theme(page: bytes) -> None:
    text = page.decode()
    drawn = "".join(re.findall(r"<svg.*?</svg>", text, re.S))
    assert not re.search(r'(?:fill|stroke)="#', drawn)
    for name in set(re.findall(r"var\(--([a-z0-9_]+)\)", text)):
        for theme in THEMES.values():
            assert f"--{name}: {theme[name]};" in text


def test_hostile_text_stays_text(material: Material, content: Content) -> None:
    page = html.render(compose(hostile(material)))
    tree = parser.fromstring(page)
    before = parser.fromstring(html.render(content))
    assert [one.tag for one in tree.iter("script", "img", "b", "i")] == []
    assert not [name for name in tree.xpath("//@*") if name.attrname.startswith("on")]
    shown = tree.text_content()
    for text in TEXTS:
        assert text in shown
    assert len(tree.xpath("//section")) == len(before.xpath("//section"))
    assert not [link for link in tree.xpath("//@href") if "javascript" in link]


@pytest.mark.parametrize(
    "url",
    ["", "javascript:alert(1)", "data:text/html,x", "//elsewhere/x", "file:///x", "http://[x"],
)
def test_only_addresses_of_the_web_are_links(url: str) -> None:
    assert not linkable(url)
    assert linkable("https://www.federalreserve.gov/x.htm")


def test_a_real_source_has_no_notice(content: Content) -> None:
    assert b'class="notice"' in html.render(content)
    assert b'class="notice"' not in html.render(dataclasses.replace(content, notice=""))
