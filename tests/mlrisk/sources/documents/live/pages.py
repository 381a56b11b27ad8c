"""Pages as the agencies give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def page(body: str) -> bytes:
    head = "<head><title>A page</title></head>"
    return f"<!doctype html>\n<html>{head}<body>{body}</body></html>".encode()


def calendar(first: int, meetings: Sequence[str], minutes: Mapping[str, str]) -> bytes:
    """The calendar of the FOMC: a statement for each meeting, minutes where they are released."""
    rows = []
    for day in meetings:
        out = (
            f"""<div class="col-xs-12 fomc-meeting__minutes"><strong>Minutes:</strong><br>
<a href="/monetarypolicy/files/fomcminutes{day}.pdf">PDF</a> |
<a href="/monetarypolicy/fomcminutes{day}.htm">HTML</a><br>(Released {minutes[day]})</div>"""
            if day in minutes
            else ""
        )
        rows.append(
            f"""<div class="row fomc-meeting"><div><strong>Statement:</strong><br>
<a href="/monetarypolicy/files/monetary{day}a1.pdf">PDF</a> |
<a href="/newsevents/pressreleases/monetary{day}a.htm">HTML</a><br>
<a href="/newsevents/pressreleases/monetary{day}a1.htm">Implementation Note</a></div>{out}</div>"""
        )
    return page(f'<div class="panel"><h4>{first} FOMC Meetings</h4>{"".join(rows)}</div>')


def bls_archive(name: str, releases: Mapping[str, str]) -> bytes:
    items = "".join(
        f'<li>{month} <a href="/news.release/archives/{name}_{day}.htm">HTML</a> '
        f'<a href="/news.release/archives/{name}_{day}.pdf">PDF</a></li>'
        for day, month in releases.items()
    )
    return page(f"<ul>{items}</ul>")


def bea_archive(slugs: Sequence[str]) -> bytes:
    return page("".join(f'<tr><td><a href="/news/{slug}">News</a></td></tr>' for slug in slugs))
