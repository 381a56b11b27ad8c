"""The report as one page that needs nothing else: no script, no file beside it, no request."""

from __future__ import annotations

from importlib.resources import files
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from app.daybook.content import Chart, Content
from app.daybook.pictures import NARROW, WIDE, on_page, variables

TEMPLATE, STYLE = "report.html.j2", "report.css"
_SCHEMES = frozenset({"http", "https"})


def render(content: Content) -> bytes:
    """UTF-8; the same content gives the same bytes.

    The only links that lead elsewhere are those of cited documents, and only ``http`` and
    ``https`` ones; every text is escaped.
    """
    environment = Environment(
        loader=PackageLoader("app.daybook", package_path="."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    environment.filters["linkable"] = linkable
    page = environment.get_template(TEMPLATE).render(
        content=content,
        picture=_picture,
        wide=WIDE,
        narrow=NARROW,
        light=variables("light"),
        dark=variables("dark"),
        # The project's own file, and no text of anybody else's.
        style=Markup(files("app.daybook").joinpath(STYLE).read_text(encoding="utf-8")),
    )
    return page.encode()


def linkable(url: str) -> bool:
    """Whether an address may be a link: one of the web, with a host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in _SCHEMES and bool(parts.hostname)


def _picture(chart: Chart, width: int) -> Markup:
    # Vega writes text into SVG escaped.
    return Markup(on_page(chart.spec, chart.name, width))
