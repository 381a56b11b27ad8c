"""The console command ``mlrisk``: one verb, one module.

Modules are imported by the verb that needs them, so that help comes at once.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape
from typer.core import TyperGroup

from mlrisk.errors import MlriskError

# Not on a terminal there is no width to keep to.
console = Console(width=None if sys.stdout.isatty() else 160, emoji=False)
stderr = Console(stderr=True, emoji=False)


class _Readable(TyperGroup):
    """Shows the project's own errors as a message; any other is a bug and keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except MlriskError as error:
            _say("red", "error", str(error))
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=_Readable, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


@app.callback()
def main() -> None:
    """Reproducible experiments that forecast the 5-day realised volatility of SPY."""
    # A cancelled job ends as Ctrl-C does: children are stopped, temporary clones removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


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

    root = _root()
    if check:
        if overrides:
            raise typer.BadParameter("--check compares with conf/ as it stands: no overrides")
        verb.check(root)
        console.print("params.yaml is what conf/ composes to.")
    else:
        changed = verb.write(root, overrides or [])
        console.print("params.yaml written." if changed else "params.yaml was up to date.")


@app.command()
def run() -> None:
    """Bring the DAG up to date and print the forecast: a table, or JSON lines off a terminal."""
    root = _root()
    if _on_terminal():
        from app import forecast

        forecast.reproduce(root)
        console.print(forecast.view(root))
    else:
        from app import events

        for event in events.run(root):
            print(json.dumps(event, allow_nan=False), flush=True)


@app.command("all")
def everything() -> None:
    """Bring the DAG up to date, then serve the API and the dashboard until Ctrl-C."""
    from app import forecast, log, together

    root = _root()
    log.to_stderr()
    forecast.reproduce(root)
    console.print(forecast.view(root))
    raise typer.Exit(together.together(root))


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
    verb.daily(_root(), session, settings)


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
    verb.backfill(_root(), first.date(), last.date(), settings)


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
    summary = verb.fetched(_root(), session, settings)
    console.print_json(data=dict(summary))


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
    added = record.publish(_root(), wait, since.date() if since else None)
    console.print_json(data=added.counts())


@app.command()
def verify(
    contains: Annotated[
        str | None, typer.Option(help="A line's hash that was noted elsewhere.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The verdict as JSON.")] = False,
) -> None:
    """Check that no line of the track record was ever changed; exit 1 where one was."""
    from app import verify as verb

    verdict = verb.examine(_root(), contains)
    if as_json:
        print(json.dumps(verdict.as_json(), indent=2))
    else:
        console.print(verb.view(verdict))
    if not verdict.whole:
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
    result = verb.write(_root(), verb.Plan(data, days, kills, experiment, seed))
    console.print(verb.table(result))
    if not result["identical"]:
        raise typer.Exit(1)


@app.command()
def test() -> None:
    """Lint, then every test: `make test`."""
    from app import repository

    repository.output(["make", "test"], _root(), capture=False)


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

    root = _root()
    todo = verb.combinations(settings)
    _warn_of_untracked(repository.untracked_files(root))
    results = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn())
    with Progress(
        *columns, TimeElapsedColumn(), console=stderr, disable=not stderr.is_terminal
    ) as bar:
        task = bar.add_task("", total=len(todo))
        for overrides in todo:
            bar.update(task, description=escape(" ".join(overrides)))
            results.append(verb.experiment(root, overrides))
            bar.advance(task)
            if not stderr.is_terminal:
                print(json.dumps(results[-1].record()), file=sys.stderr, flush=True)
    ranking = verb.ranked(results, sort_by)
    if rm:
        verb.remove(root, results)
    if as_json:
        print(json.dumps([result.record() for result in ranking], indent=2))
    else:
        rows = [[escape(cell) for cell in verb.row(result)] for result in ranking]
        console.print(figures.terminal("Sweep", verb.head(), rows, text_columns=3))
    failed = [result for result in ranking if result.error]
    for result in failed:
        _say("red", " ".join(result.overrides), str(result.error))
    if not rm and len(failed) < len(ranking):
        _say("dim", "next", f"dvc exp apply {ranking[0].name}")
    if failed:
        raise typer.Exit(1)


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
        written = [verb.write(_root(), base, out)]
    if day is not None:
        formats = daybook.formats(wanted)
        written = daybook.write(_root(), pd.Timestamp(day), out, formats)
    for path in written:
        console.print(str(path), soft_wrap=True, highlight=False)


@app.command()
def compare(
    base: Annotated[str, typer.Argument(help="Branch, tag, commit or experiment.")],
) -> None:
    """Test whether the workspace's out-of-sample forecasts are better than BASE's."""
    from app import against as verb
    from app import figures, repository

    root = _root()
    outcomes = verb.compare(root, repository.resolve(base, root))
    rows = [outcome.row for outcome in outcomes if outcome.row]
    if rows:
        title = f"Diebold-Mariano, the workspace against {base}"
        console.print(figures.terminal(title, verb.HEAD, rows, text_columns=3))
    for outcome in outcomes:
        if outcome.reason:
            _say("yellow", f"{outcome.what} not compared", outcome.reason)


@app.command()
def real(
    data: Annotated[Path, typer.Option("--root", help="Folder of real data.")],
    benchmark: Annotated[str, typer.Option(help="Symbol to forecast.")] = "SPY",
) -> None:
    """Run the last commit on real data; write results/real.json and the README's table."""
    from app import figures, repository
    from app import real as verb

    root = _root()
    if repository.changed_files(root):
        _say(
            "yellow",
            "warning",
            "uncommitted changes are not part of what is run: the last commit is",
        )
    forecast = verb.write(root, data, [f"roles.benchmark={benchmark}"])["forecast"]
    title = f"{benchmark}, {figures.window(forecast)}"
    console.print(figures.terminal(title, *figures.contender_table(forecast)))


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

    root = _root()
    results = verb.write(root, data, [symbol.strip() for symbol in symbols.split(",")], jobs=jobs)
    page.write(root)
    console.print(figures.terminal("Other benchmarks, QLIKE", *findings.benchmarks(results)))
    if results["failed"]:
        raise typer.Exit(1)


@app.command()
def readme(
    check: Annotated[bool, typer.Option("--check", help="Only compare; exit 1 if behind.")] = False,
) -> None:
    """Write the README's results tables from the JSON files they quote."""
    from app import readme as verb

    if check:
        verb.check(_root())
        console.print("README.md quotes the figures as they are.")
    else:
        changed = verb.write(_root())
        console.print("README.md written." if changed else "README.md was up to date.")


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

    report = verb.examine(_root(), data, start.date() if start else None)
    page = verb.write(report, out, str(data))
    console.print(verb.view(report))
    console.print(str(page), soft_wrap=True, highlight=False)
    report.require_sound(str(page))


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
    found = verb.published(_root())
    sinks = [sink(destination, found.series) for destination in destinations]
    days = verb.days(found.predictions, day, first, last)
    failed = False
    for place in sinks:
        try:
            with _counted(place.name, len(days)) as advance:
                if check:
                    summary = verb.verify(days, place, advance=advance)
                else:
                    summary = verb.deliver(days, place, replace=replace, advance=advance)
        except MlriskError as error:  # the other destinations are not the worse for it
            _say("red", "error", str(error))
            failed = True
        else:
            _tell(summary.words(), summary.record())
    if failed:
        raise typer.Exit(1)


@app.command()
def experiments() -> None:
    """List the named experiments and the command that runs each."""
    from app import experiments as verb
    from app import figures

    rows = [[item.name, item.command, item.purpose] for item in verb.experiments(_root())]
    head = ["experiment", "command", "purpose"]
    console.print(figures.terminal("conf/experiment", head, rows, text_columns=3))


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What to ask of the documents.")],
    as_of: Annotated[
        str | None, typer.Option(help="Nothing later is known: a day (22:00 UTC) or a moment.")
    ] = None,
    since: Annotated[str | None, typer.Option("--from", help="Published from then on.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Published until then.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="fed, bls, bea, ...")] = None,
    doc_type: Annotated[list[str] | None, typer.Option(help="statement, minutes, ...")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The answer as JSON.")] = False,
) -> None:
    """Answer from the documents, with quotes; a refusal is an answer too (exit code 0)."""
    from app import ask as verb
    from app import assistant
    from mlrisk.documents import interface

    given = {"as_of": as_of, "from": since, "to": until, "sources": source, "doc_types": doc_type}
    constraints = interface.constraints(given)
    root = _root()
    row = assistant.prediction(root, constraints.as_of)
    answer = assistant.load(root).assistant.qa(question, constraints, row)
    if as_json:
        print(json.dumps(interface.answer_as_json(answer), indent=2, ensure_ascii=False))
    else:
        console.print(verb.view(answer))


@app.command("rag-eval")
def rag_eval(
    questions: Annotated[Path, typer.Argument(help="JSONL, as data/docs/questions.jsonl.")],
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """Score searching and answering on a set of questions, over the documents as indexed."""
    from app import assistant
    from app import rag as verb

    asked, root = verb.read(questions), _root()
    settings = assistant.settings(root).rag_eval
    result = verb.score(asked, assistant.load(root), settings.depth, settings.cut)
    if as_json:
        print(json.dumps(result.record(), indent=2, ensure_ascii=False))
    else:
        console.print(*result.tables(), sep="\n\n")


@app.command()
def serve() -> None:
    """Serve the HTTP interface, 127.0.0.1:8000 by default; MLRISK_API_* are its settings."""
    from app.api import serve as verb
    from app.api.settings import Settings

    verb.run(_root(), Settings.read())


@app.command()
def load(
    rate: Annotated[int, typer.Option(help="Requests a second.", min=1)] = 100,
    seconds: Annotated[int, typer.Option(help="How long.", min=5)] = 60,
    model: Annotated[str, typer.Option(help="Served from the middle on.")] = "har_vix",
) -> None:
    """Load the HTTP interface, with a new model in the middle; write results/load.json."""
    from app.load import measure as verb
    from app.load.summary import table

    console.print(table(verb.write(_root(), verb.Plan(rate, seconds, model))))


@app.command("api-key")
def api_key(
    name: Annotated[str, typer.Argument(help="Whose it is; letters, digits, - and _.")],
    file: Annotated[
        Path | None, typer.Option(help="Where hashes are kept; else MLRISK_API_KEYS_FILE.")
    ] = None,
) -> None:
    """Make a key of the HTTP interface, print it once and keep its hash."""
    from app.api import keys
    from app.api.settings import PREFIX, Settings

    path = file or Settings.read().keys_file
    if path is None:
        raise typer.BadParameter(f"--file FILE, or set {PREFIX}KEYS_FILE")
    print(keys.add(path, name))
    _say("dim", "kept", f"its hash, in {path}; the key itself is not shown again")


@app.command()
def dashboard(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8501,
) -> None:
    """Serve the dashboard until Ctrl-C."""
    from app.dashboard import serve as verb

    verb.serve(_root(), host, port)


@app.command()
def screenshots(
    out: Annotated[Path, typer.Option(help="Folder of the pictures.")] = Path("docs/images"),
) -> None:
    """Take pictures of every page of the dashboard, with the Chromium of this machine."""
    from app import screenshots as verb

    for picture in verb.take(_root(), out):
        console.print(str(picture), soft_wrap=True, highlight=False)


@app.command()
def bench() -> None:
    """Time the DAG on this machine against the project's bounds."""
    from app import bench as verb

    console.print(verb.table(verb.measure(_root())))


def _daily_settings(wait: float, rewind: bool, accept: list[str] | None) -> Any:
    import pandas as pd

    from app import daily, log
    from app.fetch import fetch

    log.to_stderr()
    return daily.Settings(pd.Timestamp.now("UTC"), fetch, wait, rewind, accept or ())


@contextmanager
def _counted(what: str, total: int) -> Iterator[Callable[[], None]]:
    """A bar on stderr, where that is a terminal and there is more than one to count."""
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    idle = total < 2 or not stderr.is_terminal
    with Progress(*columns, console=stderr, disable=idle, transient=True) as bar:
        task = bar.add_task(escape(what), total=total)
        yield lambda: bar.advance(task)


def _tell(words: str, record: dict[str, Any]) -> None:
    """A line on stdout: words where that is a terminal, else JSON."""
    if _on_terminal():
        console.print(words, soft_wrap=True, highlight=False, markup=False)
    else:
        print(json.dumps(record, allow_nan=False), flush=True)


def _on_terminal() -> bool:
    return sys.stdout.isatty()


def _root() -> Path:
    from app.repository import find_root

    return find_root()


def _warn_of_untracked(files: list[str]) -> None:
    if files:
        shown = ", ".join(files[:5]) + (" ..." if len(files) > 5 else "")
        _say(
            "yellow",
            "warning",
            f"experiments do not see the {len(files)} files that git does not track ({shown}): "
            "`git add` what they need",
        )


def _say(style: str, word: str, text: str) -> None:
    stderr.print(
        f"[bold {style}]{escape(word)}:[/] {escape(text)}", soft_wrap=True, highlight=False
    )


if __name__ == "__main__":
    app()
