"""The pages, in the order in which they are named at the top."""

from __future__ import annotations

PAGES = (
    ("today", "", "Today"),
    ("history", "history", "History"),
    ("drivers", "drivers", "Drivers"),
    ("regimes", "regimes", "Regimes"),
    ("contenders", "contenders", "Contenders"),
    ("quality", "quality", "Data quality"),
    ("ask", "ask", "Ask"),
    ("brief", "brief", "Brief"),
)
"""File below ``views/``, path of the address (the first is the root), and name.

The folder is not called ``pages``: Streamlit would make pages of such a one by itself.
"""
