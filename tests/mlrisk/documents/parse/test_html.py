"""Pages of the known templates and of unknown ones: all that is said, nothing around it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk.documents.base import DocumentError
from mlrisk.documents.parse.html import MOST_TAGS, read

PROSE = "The Committee decided to maintain the target range for the federal funds rate. " * 4

MODERN = f"""<!doctype html><html><head><title>Federal Reserve Board - A title</title>
<script>var x = "The Committee"</script></head><body><a class="globalskip" href="#c">Skip</a>
<nav><ul><li><a href="/">Home</a></li><li>Monetary Policy</li></ul></nav>
<div id="page-title"><h2>Speech</h2></div>
<div id="article"><p class="article__time">January 31, 2024</p><h3 class="title">A title</h3>
<div class="share">Share</div><p>{PROSE}<a href="#fn1" title="footnote 1"><sup>1</sup></a>
<a name="f1"></a> Growth was 3 percent<sup>2</sup> in 5<sup>1</sup>/2 years.</p>
<p><strong>Outlook</strong><br>Inflation
has eased<em> somewhat</em>.</p><ul><li>first</li><li>second</li></ul>
<table><tr><th>Item</th><th>2024</th></tr>
<tr><td>PCE</td><td>2.4</td></tr>
<tr><td></td><td></td></tr></table>
<p><a name="fn1"></a>1. See the release. <a href="#f1">Return to text</a></p></div>
<div style="display:none">Ignore me</div><!-- Nor me --><div class="lastUpdate">Last Update:
February 21, 2024</div><footer>Accessibility | Contact Us</footer></body></html>"""

OLD = f"""<HTML><HEAD><A NAME="pagetop"></A><TITLE>FRB: Speech, Greenspan -- Banks</TITLE></HEAD>
<BODY><IMG SRC=a.gif ALT="eagle"><HR NOSHADE><TABLE WIDTH=600><TR><TD><B><FONT SIZE="+2">Remarks by
Chairman Alan Greenspan</FONT><BR>June 13, 1996</B></TD></TR></TABLE><TABLE WIDTH=600><TR><TD>
<P>   {PROSE}
<P> <B>A Period of Change</B> <BR>   {PROSE}</TD></TR></TABLE><P><A HREF="#pagetop">Return to
top</A><p><a href="./">1996 Speeches</a><br><font><A HREF="/">Home</A> |
<a href="/n">News and events</a><BR>
<B>Last update: July 23, 1996 12:00 PM</B></font></BODY></HTML>"""


def test_a_modern_page() -> None:
    page = read(MODERN)
    assert page.title == "A title"
    assert page.section == "Speech"
    assert page.updated == "Last Update: February 21, 2024"
    assert page.markdown.split("\n\n") == [
        "January 31, 2024",
        "### A title",
        f"{PROSE.strip()} [^1] Growth was 3 percent[^2] in 5-1/2 years.",
        "### Outlook",
        "Inflation has eased somewhat.",
        "- first\n- second",
        "| Item | 2024 |\n| --- | --- |\n| PCE | 2.4 |",
        "[^1]: See the release.",
    ]


def test_an_old_page() -> None:
    page = read(OLD)
    assert page.title == "Speech, Greenspan -- Banks"
    assert page.updated.startswith("Last update: July 23, 1996")
    assert page.markdown.split("\n\n") == [
        "### Remarks by Chairman Alan Greenspan",
        "June 13, 1996",
        PROSE.strip(),
        "### A Period of Change",
        PROSE.strip(),
    ]


def test_a_preformatted_release() -> None:
    page = read(
        "<html><body><div id='bodytext'><pre>\n"
        "Transmission of material in this release is embargoed until\n"
        "8:30 a.m. (EDT) Friday, September 14, 2012       USDL-12-1834\n\n"
        "The Consumer Price Index for All Urban Consumers (CPI-U) increased\n"
        "0.6 percent in August on a seasonally adjusted basis, the U.S. Bureau\n"
        "of Labor Statistics reported today.\n\n"
        "Item             July   Aug.\n-----------------------------\n"
        "All items         0.0    0.6\nFood              0.1    0.2\n</pre></div></body></html>"
    )
    assert page.markdown.split("\n\n")[1:] == [
        (
            "The Consumer Price Index for All Urban Consumers (CPI-U) increased 0.6 percent in "
            "August on a seasonally adjusted basis, the U.S. Bureau of Labor Statistics reported "
            "today."
        ),
        (
            "    Item             July   Aug.\n    All items         0.0    0.6\n"
            "    Food              0.1    0.2"
        ),
    ]


def test_an_unknown_page_wrapped_in_a_form_keeps_its_text() -> None:
    page = read(
        f"<body><form><div class='menu'><a href='/'>Home</a></div><h1>Results</h1><p>{PROSE}</p>"
        "<input value=go><p>Second.</p></form></body>"
    )
    assert page.markdown == f"# Results\n\n{PROSE.strip()}\n\nSecond."


def test_a_class_that_says_menu_around_the_article_takes_nothing_away() -> None:
    page = read(f"<body><div class='menu'><main><p>{PROSE}</p></main></div></body>")
    assert page.markdown == PROSE.strip()


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("<div>" * 400 + "deep", "nested more than 200 deep"),
        ("<p>a" * (MOST_TAGS + 1), "tags; expected a page"),
    ],
)
def test_what_is_no_page_is_told(page: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        read(page)


_TAGS = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<table>",
        "<td>",
        "</tr>",
        "<b>",
        "</b>",
        "<br>",
        "<pre>",
        "<sup>1</sup>",
        "<",
        "<a/href='#x'>1</a>",
        "<a/name=x>",
        "<!--",
        "-->",
        "<li>",
        "<ul>",
        "<script>",
        "&amp;",
        "&#0;",
    ]
)


@settings(max_examples=50)
@given(st.lists(_TAGS | st.text(max_size=8), max_size=30).map("".join))
def test_anything_is_a_page_without_marks_of_ours(text: str) -> None:
    markdown = read(text).markdown
    assert not any("\ue000" <= c <= "\ue005" for c in markdown if c not in text)


@settings(max_examples=40)
@given(
    st.lists(st.text("abcdef ", min_size=30, max_size=60).filter(str.strip), min_size=1, max_size=5)
)
def test_every_paragraph_is_kept_on_a_line_of_its_own(paragraphs: list[str]) -> None:
    markdown = read("<body>" + "".join(f"<p>{p}</p>" for p in paragraphs) + "</body>").markdown
    assert markdown.split("\n\n") == [" ".join(p.split()) for p in paragraphs]
