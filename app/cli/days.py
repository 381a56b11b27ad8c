"""Commands of a trading day: run it, publish it, bring it to others."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import terminal
from app.cli.base import app
from mlrisk.errors import MlriskError

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A session.")]


Wait = Annotated[float, typer.Option(help="Seconds to wait for an earlier run.", min=0)]


Rewind = Annotated[bool, typer.Option("--rewind", help="Allow a session before the served one.")]


Accept = Annotated[
    list[str] | None,
    typer.Option(help="A restatement to take over, such as SPY:2026-04-30:close; * for any text."),
]


@app.command()
def daily(
    as_of: Day = None, wait: Wait = 1800.0, rewind: Rewind = False, accept: Accept = None
) -> None:
    """Run one session and commit its forecast; by default the last one that is complete."""
    from app import daily as verb

    settings = _daily_settings(wait, rewind, accept)
    session = as_of.date() if as_of else verb.latest_session(settings.now)
    verb.daily(terminal.root(), session, settings)


@app.command()
def backfill(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")],
    wait: Wait = 1800.0,
    rewind: Rewind = False,
    accept: Accept = None,
) -> None:
    """Run every session of a span that has no commit yet, one commit each."""
    from app import daily as verb

    settings = _daily_settings(wait, rewind, accept)
    verb.backfill(terminal.root(), first.date(), last.date(), settings)


@app.command()
def fetch(
    to: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A session; else the last one.")
    ] = None,
    accept: Accept = None,
) -> None:
    """Append what the feeds have to data/landing."""
    from app import daily as verb

    settings = _daily_settings(0.0, rewind=False, accept=accept)
    session = to.date() if to else verb.latest_session(settings.now)
    summary = verb.fetched(terminal.root(), session, settings)
    terminal.console.print_json(data=dict(summary))


@app.command()
def publish(
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Earlier sessions too, marked as late."),
    ] = None,
    wait: Wait = 1800.0,
) -> None:
    """Append the served forecast, and every outcome that is known by now, to the track record."""
    from app import log, record

    log.to_stderr()
    added = record.publish(terminal.root(), wait, since.date() if since else None)
    terminal.console.print_json(data=added.counts())


@app.command()
def verify(
    contains: Annotated[
        str | None, typer.Option(help="A line's hash that was noted elsewhere.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The verdict as JSON.")] = False,
) -> None:
    """Check that no line of the track record was ever changed; exit 1 where one was."""
    from app import verify as verb

    verdict = verb.examine(terminal.root(), contains)
    if as_json:
        print(json.dumps(verdict.as_json(), indent=2))
    else:
        terminal.console.print(verb.view(verdict))
    if not verdict.whole:
        raise typer.Exit(1)


@app.command()
def deliver(
    destinations: Annotated[
        list[str],
        typer.Argument(
            help="A folder, s3://bucket/prefix or dynamodb://table; what AWS needs is taken from "
            "the environment, as boto3 does.",
            metavar="DESTINATION",
        ),
    ],
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="A session; else the last one."),
    ] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of a span.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day of a span.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Overwrite another forecast of the same day.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only read back and compare; exit 1 if behind.")
    ] = False,
) -> None:
    """Bring published forecasts to where others read them; a day that is there stays as it is."""
    from app import deliver as verb
    from app.sinks.choose import sink

    if day and (first or last):
        raise typer.BadParameter("--date is one session: leave out --from and --to")
    if check and replace:
        raise typer.BadParameter("--check only compares: leave out --replace")
    found = verb.published(terminal.root())
    sinks = [sink(destination, found.series) for destination in destinations]
    days = verb.days(found.predictions, day, first, last)
    failed = False
    for place in sinks:
        try:
            with terminal.counted(place.name, len(days)) as advance:
                if check:
                    summary = verb.verify(days, place, advance=advance)
                else:
                    summary = verb.deliver(days, place, replace=replace, advance=advance)
        except MlriskError as error:  # the other destinations are not the worse for it
            terminal.say("red", "error", str(error))
            failed = True
        else:
            terminal.tell(summary.words(), summary.record())
    if failed:
        raise typer.Exit(1)


@app.command()
def prove(
    data: Annotated[
        Path | None, typer.Option("--root", help="Folder of real data; else conf/'s source.")
    ] = None,
    days: Annotated[int, typer.Option(help="Consecutive daily runs.", min=1)] = 30,
    kills: Annotated[int, typer.Option(help="Runs that are killed.", min=0)] = 20,
    experiment: Annotated[
        str, typer.Option(help="Settings of conf/experiment; null for the served ones.")
    ] = "tiny",
    seed: Annotated[int, typer.Option(help="Of the moments and targets of the kills.")] = 1,
) -> None:
    """Show that daily runs, one run at the last day and killed runs end in the same bytes."""
    from app import log
    from app import prove as verb

    log.to_stderr()
    result = verb.write(terminal.root(), verb.Plan(data, days, kills, experiment, seed))
    terminal.console.print(verb.table(result))
    if not result["identical"]:
        raise typer.Exit(1)


def _daily_settings(wait: float, rewind: bool, accept: list[str] | None) -> Any:
    import pandas as pd

    from app import daily, log
    from app.fetch import fetch

    log.to_stderr()
    return daily.Settings(pd.Timestamp.now("UTC"), fetch, wait, rewind, accept or ())
