from __future__ import annotations

import io

from rich.console import Console

from app.bench import Measure, table


def test_shows_median_spread_and_share_of_the_bound() -> None:
    measures = [Measure("nothing to do", "s", [3.0, 1.0, 2.0], 5)]
    page = Console(file=io.StringIO(), width=120, record=True)
    page.print(table(measures))
    cells = [cell.strip() for cell in page.export_text().splitlines()[-2].strip("│").split("│")]
    assert cells == ["nothing to do", "3", "2 s", "1 s", "3 s", "5 s", "40%"]
