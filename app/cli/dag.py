"""Commands that compose, run and compare the DAG."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.markup import escape

from app.cli import terminal
from app.cli.base import app


@app.command("params")
@app.command()
def compose(
    overrides: Annotated[
        list[str] | None, typer.Argument(help="Such as model=xgboost or backtest.purge=6.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only compare; exit 1 if behind.")] = False,
) -> None:
    """Compose conf/ into params.yaml."""
    from app import compose as verb

    root = terminal.root()
    if check:
        if overrides:
            raise typer.BadParameter("--check compares with conf/ as it stands: no overrides")
        verb.check(root)
        terminal.console.print("params.yaml is what conf/ composes to.")
    else:
        changed = verb.write(root, overrides or [])
        terminal.console.print("params.yaml written." if changed else "params.yaml was up to date.")


@app.command()
def run() -> None:
    """Bring the DAG up to date and print the forecast: a table, or JSON lines off a terminal."""
    root = terminal.root()
    if terminal.on_terminal():
        from app import forecast

        forecast.reproduce(root)
        terminal.console.print(forecast.view(root))
    else:
        from app import events

        for event in events.run(root):
            print(json.dumps(event, allow_nan=False), flush=True)


@app.command("all")
def everything() -> None:
    """Bring the DAG up to date, then serve the API and the dashboard until Ctrl-C."""
    from app import forecast, log, together

    root = terminal.root()
    log.to_stderr()
    forecast.reproduce(root)
    terminal.console.print(forecast.view(root))
    raise typer.Exit(together.together(root))


@app.command()
def test() -> None:
    """Lint, then every test: `make test`."""
    from app import repository

    repository.output(["make", "test"], terminal.root(), capture=False)


@app.command()
def sweep(
    settings: Annotated[
        list[str], typer.Option("--set", "-S", help="key=value,value; every combination is run.")
    ],
    sort_by: Annotated[
        Literal["qlike", "rmse", "reducible_share"], typer.Option(help="Best first.")
    ] = "qlike",
    as_json: Annotated[bool, typer.Option("--json", help="The ranking as JSON.")] = False,
    rm: Annotated[bool, typer.Option("--rm", help="Do not keep the experiments.")] = False,
) -> None:
    """Run every combination of settings as an experiment and rank them."""
    from rich.progress import (
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    from app import figures, repository
    from app import sweep as verb

    root = terminal.root()
    todo = verb.combinations(settings)
    _warn_of_untracked(repository.untracked_files(root))
    results = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn())
    with Progress(
        *columns,
        TimeElapsedColumn(),
        console=terminal.stderr,
        disable=not terminal.stderr.is_terminal,
    ) as bar:
        task = bar.add_task("", total=len(todo))
        for overrides in todo:
            bar.update(task, description=escape(" ".join(overrides)))
            results.append(verb.experiment(root, overrides))
            bar.advance(task)
            if not terminal.stderr.is_terminal:
                print(json.dumps(results[-1].record()), file=sys.stderr, flush=True)
    ranking = verb.ranked(results, sort_by)
    if rm:
        verb.remove(root, results)
    if as_json:
        print(json.dumps([result.record() for result in ranking], indent=2))
    else:
        rows = [[escape(cell) for cell in verb.row(result)] for result in ranking]
        terminal.console.print(figures.terminal("Sweep", verb.head(), rows, text_columns=3))
    failed = [result for result in ranking if result.error]
    for result in failed:
        terminal.say("red", " ".join(result.overrides), str(result.error))
    if not rm and len(failed) < len(ranking):
        terminal.say("dim", "next", f"dvc exp apply {ranking[0].name}")
    if failed:
        raise typer.Exit(1)


def _warn_of_untracked(files: list[str]) -> None:
    if files:
        shown = ", ".join(files[:5]) + (" ..." if len(files) > 5 else "")
        terminal.say(
            "yellow",
            "warning",
            f"experiments do not see the {len(files)} files that git does not track ({shown}): "
            "`git add` what they need",
        )


@app.command()
def experiments() -> None:
    """List the named experiments and the command that runs each."""
    from app import experiments as verb
    from app import figures

    rows = [[item.name, item.command, item.purpose] for item in verb.experiments(terminal.root())]
    head = ["experiment", "command", "purpose"]
    terminal.console.print(figures.terminal("conf/experiment", head, rows, text_columns=3))


@app.command()
def report(
    base: Annotated[
        str | None, typer.Argument(help="Branch, tag, commit or experiment to compare with.")
    ] = None,
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="Session of which a report is made."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of what is written.")] = Path("report"),
    wanted: Annotated[
        str, typer.Option("--format", help="Of a session's report, joined by commas.")
    ] = "html,pdf,csv",
) -> None:
    """Write what the workspace changes against BASE, or the report of a session: --date."""
    import pandas as pd

    from app import report as verb
    from app.daybook import write as daybook

    daybook.require_one(base, day)
    if base is not None:
        written = [verb.write(terminal.root(), base, out)]
    if day is not None:
        formats = daybook.formats(wanted)
        written = daybook.write(terminal.root(), pd.Timestamp(day), out, formats)
    for path in written:
        terminal.console.print(str(path), soft_wrap=True, highlight=False)


@app.command()
def compare(
    base: Annotated[str, typer.Argument(help="Branch, tag, commit or experiment.")],
) -> None:
    """Test whether the workspace's out-of-sample forecasts are better than BASE's."""
    from app import against as verb
    from app import figures, repository

    root = terminal.root()
    outcomes = verb.compare(root, repository.resolve(base, root))
    rows = [outcome.row for outcome in outcomes if outcome.row]
    if rows:
        title = f"Diebold-Mariano, the workspace against {base}"
        terminal.console.print(figures.terminal(title, verb.HEAD, rows, text_columns=3))
    for outcome in outcomes:
        if outcome.reason:
            terminal.say("yellow", f"{outcome.what} not compared", outcome.reason)


@app.command()
def readme(
    check: Annotated[bool, typer.Option("--check", help="Only compare; exit 1 if behind.")] = False,
) -> None:
    """Write the README's results tables from the JSON files they quote."""
    from app import readme as verb

    if check:
        verb.check(terminal.root())
        terminal.console.print("README.md quotes the figures as they are.")
    else:
        changed = verb.write(terminal.root())
        terminal.console.print("README.md written." if changed else "README.md was up to date.")
