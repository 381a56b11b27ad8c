"""A page as HTML: the templates of the three agencies, with all that stands around the content."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from html import escape

from mlrisk.sources.documents.simulated.page import (
    Page,
    Section,
    Table,
    Voice,
    clock_of,
    date_of,
    local,
)
from mlrisk.sources.documents.simulated.statistics import set_line_by_line

FED_HOST, BLS_HOST = "https://federalreserve.example", "https://bls.example"
_MENU = ("About", "News & Events", "Monetary Policy", "Supervision", "Data", "Publications")
_TOPICS = ("Home", "Subjects", "Data Tools", "Publications", "Economic Releases", "Beta")


def address(page: Page) -> str:
    """Where a page would be published; hosts that exist nowhere (RFC 2606)."""
    host = BLS_HOST if page.path.startswith("/news.release") else FED_HOST
    return host + page.path


def render(page: Page, seed: int) -> bytes:
    """The page's bytes, UTF-8."""
    old = Voice(seed, page.doc_id).number("template") % 6 == 0
    template: Callable[[Page], str]
    match page.doc_type:
        case "statement":
            template = _statement_of_the_nineties if old else _statement
        case "minutes":
            template = _minutes_of_the_nineties if old else _minutes
        case _:
            template = _lines if set_line_by_line(seed, page.doc_id) else _release
    return template(page).encode()


def _statement(page: Page) -> str:
    day = date_of(local(page.published_at))
    return _fed(
        page,
        f"""<div class="row"><div id="article">
<div class="heading col-xs-12 col-sm-8 col-md-8">
<p class="article__time">{day}</p>
<h3 class="title">{escape(page.title)}</h3>
<p class="releaseTime">For release at {clock_of(page.published_at)}</p>
<ul class="list-unstyled"><li class="share"><a class="shareLink" href="#">Share</a></li></ul>
</div>
<div class="col-xs-12 col-sm-8 col-md-8">
{_body(page)}
<div class="panel panel-attachments"><p><a href="{page.path[:-4]}1.htm">Implementation Note issued
{day}</a></p></div>
</div></div></div>""",
        day,
    )


def _minutes(page: Page) -> str:
    return _fed(
        page,
        f"""<div class="row"><div id="article" class="col-xs-12 col-sm-8 col-md-9">
<h3>Minutes of the Federal Open Market Committee</h3>
<h4>{date_of(page.event_date)}</h4>
{_body(page)}
{_table(page.table)}
<hr>
{_footnotes(page)}
<p><a href="#content">Return to text</a></p>
</div></div>""",
        date_of(local(page.published_at)),
    )


def _fed(page: Page, content: str, updated: str) -> str:
    menu = "".join(f'<li class="nav-item"><a href="#">{escape(name)}</a></li>' for name in _MENU)
    return f"""<!doctype html>
<html lang="en" class="no-js">
<head>
<meta charset="utf-8">
<meta property="og:type" content="article" />
<meta property="og:title" content="{escape(page.title)}"/>
<meta property="og:url" content="{address(page)}" />
<title>Federal Reserve Board - {escape(page.title)}</title>
<script>window.dataLayer = window.dataLayer || [];</script>
</head>
<body>
<a href="#content" class="globalskip">Skip to main content</a>
<nav class="nav-primary-mobile" id="nav-primary-mobile"><ul>{menu}</ul></nav>
<header><div class="page-header"><ol class="breadcrumb"><li><a href="/">Home</a></li>
<li><a href="/news">News &amp; Events</a></li></ol></div></header>
<div id="content" class="container container__main" role="main">
{content}
<div class="row"><div id="lastUpdate" class="lastUpdate">Last Update: {updated}</div></div>
</div>
<footer class="footer"><ul><li><a href="/foia">FOIA</a></li><li><a href="/privacy">Privacy</a></li>
</ul><p>Board of Governors of the Federal Reserve System</p></footer>
</body>
</html>
"""


def _statement_of_the_nineties(page: Page) -> str:
    """Tables and capitals, no closing paragraph tags: the template of 1996."""
    head = (
        f"<B>Release Date: {date_of(local(page.published_at))}</B>\n"
        f"<P><B>For release at {clock_of(page.published_at)}</B>"
    )
    return _nineties(page, head)


def _minutes_of_the_nineties(page: Page) -> str:
    head = (
        '<CENTER><FONT SIZE="+2"><B>Minutes of the Federal Open Market Committee</B></FONT><BR>\n'
        f"<B>{date_of(page.event_date)}</B></CENTER>"
    )
    return _nineties(page, head)


def _nineties(page: Page, head: str) -> str:
    parts = []
    for section in page.sections:
        if section.heading:
            parts.append(f"<P><B>{escape(section.heading)}</B>")
        parts += [f"<P>{escape(text)}" for text in section.paragraphs]
    body = "\n".join(parts)
    return f"""<HTML>
<HEAD><TITLE>FRB: {escape(page.title)}</TITLE></HEAD>
<BODY BGCOLOR="#FFFFFF">
<A HREF="/"><IMG SRC="/GIFJPG/sm_head2.gif" ALT="The Federal Reserve Board" BORDER=0></A>
<HR NOSHADE>
<TABLE WIDTH=600><TR><TD>
{head}
</TD></TR></TABLE>
<TABLE WIDTH=600><TR><TD>
{body}
{_table(page.table)}
</TD></TR></TABLE>
<HR>
<FONT SIZE="-1"><A HREF="/">Home</A> | <A HREF="/news.htm">News and events</A><BR>
<A HREF="/accessibility.htm">Accessibility</A></FONT>
</BODY>
</HTML>
"""


def _release(page: Page) -> str:
    return _bls(
        page,
        f"""{_embargo(page)}
<h2>{escape(page.title)}</h2>
{_body(page)}
{_table(page.table)}
{_footnotes(page)}""",
    )


def _lines(page: Page) -> str:
    """The text as it comes by wire, lines of 72 characters."""
    lines = [_embargo_text(page), "", page.title.upper().center(72).rstrip(), ""]
    for section in page.sections:
        lines += [section.heading, ""] if section.heading else []
        for text in section.paragraphs:
            lines += [textwrap.fill(text, 72, break_on_hyphens=False), ""]
    text = escape("\n".join(lines), quote=False)
    return _bls(page, f"<pre>\n{text}\n</pre>\n{_table(page.table)}")


def _bls(page: Page, content: str) -> str:
    topics = "".join(f'<li><a href="#">{escape(name)}</a></li>' for name in _TOPICS)
    return f"""<!DOCTYPE HTML>
<html lang="en-us">
<head>
<meta charset="utf-8">
<title>{escape(page.title)}</title>
</head>
<body>
<div id="banner">An official website of a simulated government</div>
<nav id="main-nav"><ul>{topics}</ul></nav>
<div id="bodytext" class="normalnews">
<p class="printlink"><a href="#">Print</a></p>
{content}
<p><a href="/news.release/">Back to the list of releases</a></p>
</div>
<div id="footer"><p>Last Modified Date: {date_of(local(page.published_at))}</p>
<ul><li><a href="#">Freedom of Information</a></li><li><a href="#">Contact Us</a></li></ul></div>
</body>
</html>
"""


def _embargo(page: Page) -> str:
    return f"<p>{escape(_embargo_text(page))}</p>"


def _embargo_text(page: Page) -> str:
    there = local(page.published_at)
    clock, zone = clock_of(page.published_at).rsplit(" ", 1)
    return (
        f"Transmission of material in this release is embargoed until {clock} ({zone}) "
        f"{there:%A}, {date_of(there)}"
    )


def _body(page: Page) -> str:
    return "\n".join(_section(section) for section in page.sections)


def _section(section: Section) -> str:
    heading = f"<h4>{escape(section.heading)}</h4>\n" if section.heading else ""
    return heading + "\n".join(f"<p>{escape(text, quote=False)}</p>" for text in section.paragraphs)


def _table(table: Table | None) -> str:
    if table is None:
        return ""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.header)
    rows = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows
    )
    return f"""<table>
<caption>{escape(table.caption)}</caption>
<thead><tr>{head}</tr></thead>
<tbody>
{rows}
</tbody>
</table>"""


def _footnotes(page: Page) -> str:
    return "\n".join(
        f'<p><a name="fn{number}">{number}.</a> {escape(text)}</p>'
        for number, text in enumerate(page.footnotes, 1)
    )
