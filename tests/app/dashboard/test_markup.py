from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from app.dashboard import markup

HOSTILE = st.sampled_from(
    [
        "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</div><h1>", "&lt;b&gt;",
        "**bold** <i>", "`</code><script>`", "[1](javascript:alert(1))", "' onmouseover='x",
    ]
)  # fmt: skip
TEXTS = HOSTILE | st.text(max_size=60)
OURS = {
    "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "p", "b", "code", "span", "a",
    "mark",
}  # fmt: skip


class Seen(HTMLParser):
    """What a browser makes of a text: its elements, their attributes, and what can be read."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.read = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.read += data


def harmless(seen: Seen) -> bool:
    links = [value or "" for name, value in seen.attributes if name in {"href", "src"}]
    return (
        set(seen.tags) <= OURS
        and not any(name.startswith("on") for name, _ in seen.attributes)
        and all(link.startswith("?date=") for link in links)
    )


@given(TEXTS, TEXTS, TEXTS)
def test_text_of_a_table_stays_text(caption: str, head: str, cell: str) -> None:
    seen = Seen(markup.table(caption, [head], [[cell]]))
    assert harmless(seen)
    assert seen.tags.count("td") == 1


@given(TEXTS)
def test_text_of_a_sentence_stays_text(text: str) -> None:
    assert harmless(Seen(markup.marked_up(text, "?date=2025-10-24&cite=")))
    assert harmless(Seen(markup.marked_up(text)))
    assert harmless(Seen(markup.paragraph(text)))


@given(TEXTS, st.data())
def test_document_is_shown_whole_with_its_quote_marked(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    seen = Seen(markup.quoted(text, start, end))
    assert harmless(seen)
    assert seen.tags == ["div", "mark"]
    if "\r" not in text and "\0" not in text:
        assert seen.read == text


def test_numbers_of_citations_lead_to_their_passages() -> None:
    text = markup.marked_up("Rates **rose**. [2]", "?date=2025-10-24&cite=")
    assert text == (
        'Rates <b>rose</b>. <a class="mr-cited" href="?date=2025-10-24&amp;cite=2">[2]</a>'
    )


def test_marks_lie_on_the_scale() -> None:
    text = markup.scale({80: (0.05, 0.15)}, [("forecast", "forecast", 0.1)], 0.2)
    assert "left:25.00%;width:calc(75.00% - 25.00%)" in text
    assert 'mr-mark-forecast" style="left:50.00%"' in text
    assert "forecast <b>10.0%</b>" in text


def test_mark_beyond_the_end_stays_on_the_scale() -> None:
    assert "left:100.00%" in markup.scale({}, [("implied", "implied", 0.9)], 0.2)
