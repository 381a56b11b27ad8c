"""The HTML that Streamlit's script starts in, with what spares a visitor's browser a round trip.

Streamlit's own page asks for its backend at the page's path first and at the root next, and loads
the parts that draw our elements only when the first one arrives.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

_BACKEND = (
    "window.__streamlit={BACKEND_BASE_URL:location.origin,MAIN_PAGE_BASE_URL:location.origin}"
)
_FIRST = ("Html", "purify.es", "Button", "DateInput")
"""Parts of Streamlit's script that the top of each page is drawn with; left out where not there."""

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@cache
def page() -> str:
    """Streamlit's page, told where its backend is and what it will need first."""
    folder = static()
    stated = (folder / "index.html").read_text(encoding="utf-8")
    parts = [
        found.name for name in _FIRST for found in sorted(folder.glob(f"static/js/{name}.*.js"))
    ]
    links = "".join(
        f'<link rel="modulepreload" crossorigin href="./static/js/{name}">' for name in parts
    )
    return stated.replace("</head>", f"<script>{_BACKEND}</script>{links}</head>", 1)


def inline_hashes() -> str:
    """The scripts that stand in the page itself, as a content security policy names them."""
    digests = (hashlib.sha256(one.encode()).digest() for one in _INLINE.findall(page()))
    return " ".join(f"'sha256-{base64.b64encode(one).decode()}'" for one in digests)


def static() -> Path:
    """The folder of Streamlit's own page."""
    import streamlit

    return Path(streamlit.__file__).parent / "static"
