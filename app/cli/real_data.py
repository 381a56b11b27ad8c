"""Commands over folders of real data."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app.cli import terminal
from app.cli.base import app


@app.command()
def real(
    data: Annotated[Path, typer.Option("--root", help="Folder of real data.")],
    benchmark: Annotated[str, typer.Option(help="Symbol to forecast.")] = "SPY",
) -> None:
    """Run the last commit on real data; write results/real.json and the README's table."""
    from app import figures, repository
    from app import real as verb

    root = terminal.root()
    if repository.changed_files(root):
        terminal.say(
            "yellow",
            "warning",
            "uncommitted changes are not part of what is run: the last commit is",
        )
    forecast = verb.write(root, data, [f"roles.benchmark={benchmark}"])["forecast"]
    title = f"{benchmark}, {figures.window(forecast)}"
    terminal.console.print(figures.terminal(title, *figures.contender_table(forecast)))


@app.command()
def benchmarks(
    data: Annotated[Path, typer.Option("--root", help="Folder of real data.")],
    symbols: Annotated[str, typer.Option(help="What to forecast: XLB,XLE,...")],
    jobs: Annotated[int, typer.Option(help="Runs at a time.")] = 1,
) -> None:
    """Run the last commit for other symbols; write results/benchmarks.json and the README."""
    from app import benchmarks as verb
    from app import figures, findings
    from app import readme as page

    root = terminal.root()
    results = verb.write(root, data, [symbol.strip() for symbol in symbols.split(",")], jobs=jobs)
    page.write(root)
    terminal.console.print(
        figures.terminal("Other benchmarks, QLIKE", *findings.benchmarks(results))
    )
    if results["failed"]:
        raise typer.Exit(1)


@app.command()
def digest(data: Annotated[Path, typer.Argument(help="Folder of real data.")]) -> None:
    """Print the source.digest of a folder of real data."""
    from app import real as verb

    print(verb.digest(data))


@app.command()
def audit(
    data: Annotated[Path, typer.Argument(help="Folder laid out as the source `files` reads it.")],
    out: Annotated[Path, typer.Option(help="Folder of the page and its tables.")] = Path(
        "report/quality"
    ),
    start: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Rows from this day on.")
    ] = None,
) -> None:
    """Hold the data-quality rules against every symbol and series of a folder."""
    from app import audit as verb

    report = verb.examine(terminal.root(), data, start.date() if start else None)
    page = verb.write(report, out, str(data))
    terminal.console.print(verb.view(report))
    terminal.console.print(str(page), soft_wrap=True, highlight=False)
    report.require_sound(str(page))
