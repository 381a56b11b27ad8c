from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app.dashboard import figures
from app.faces.charts import history
from app.faces.charts.palette import THEMES
from app.faces.snapshot import Snapshot
from app.figures import markdown

CELLS = st.text(alphabet="ab |*<>0.-", min_size=1, max_size=8).map(str.strip).filter(bool)


@given(st.lists(CELLS, min_size=2, max_size=2), st.lists(st.tuples(CELLS, CELLS), max_size=3))
def test_cells_of_a_table_are_read_back(head: list[str], rows: list[tuple[str, str]]) -> None:
    read = [figures.cells(line) for line in markdown(head, rows).splitlines()]
    assert read[0] == head
    assert read[2:] == [list(row) for row in rows]


def test_chart_is_drawn_in_the_theme_with_its_data_in_place(snapshot: Snapshot) -> None:
    spec = history.forecast_history(snapshot, snapshot.predictions["date"].iloc[-1], 20)
    for theme, colors in THEMES.items():
        drawn = figures.drawn(spec, theme)
        assert "data" not in drawn
        assert len(drawn["layer"][0]["data"]["values"]) == 20
        assert drawn["description"] == spec["description"]
        assert drawn["config"]["axis"]["labelColor"] == colors["muted"]
        assert colors["forecast"] in str(drawn["layer"][0]["layer"])


def test_text_with_a_table_keeps_both() -> None:
    def script() -> None:
        from app.dashboard import figures
        from app.figures import markdown

        table = markdown(["a", "b"], [["x", "1"]])
        figures.told(f"Before.\n\n{table}\n\n- after", "Both")

    seen = AppTest.from_function(script, default_timeout=30).run()
    assert [one.value for one in seen.markdown] == ["Before.", "- after"]
    (table,) = seen.get("html")
    assert ">x</td>" in table.proto.body
    assert 'aria-label="Both"' in table.proto.body
