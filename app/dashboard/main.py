"""The dashboard's entry: ``mlrisk dashboard``, or ``streamlit run app/dashboard/main.py``."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.dashboard import look, state
from app.dashboard.choice import PARAMETER
from app.dashboard.figures import theme
from app.dashboard.roster import PAGES

FOLDER = Path(__file__).parent

if __name__ == "__main__":
    benchmark = state.workspace().live.current.version.benchmark
    pages = [
        st.Page(FOLDER / "views" / f"{file}.py", title=title, url_path=path, default=not path)
        for file, path, title in PAGES
    ]
    page = st.navigation(pages, position="hidden")
    st.set_page_config(
        page_title=f"{page.title} · {benchmark} volatility",
        page_icon=str(FOLDER / "icon.svg"),
        layout="wide",
        menu_items={"About": f"Volatility of {benchmark} over the next five sessions."},
    )
    st.html(look.style(theme()))
    date = st.query_params.get(PARAMETER)
    # Links of our own, since Streamlit's lose the session that is shown.
    with st.container(horizontal=True, gap="xsmall", key="mr-nav"):
        for one in pages:
            st.page_link(one, query_params={PARAMETER: date} if date else None)
    page.run()
