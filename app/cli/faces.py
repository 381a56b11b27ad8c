"""Commands that show a finished run, and measure how fast that is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli import terminal
from app.cli.base import app


@app.command()
def serve() -> None:
    """Serve the HTTP interface, 127.0.0.1:8000 by default; MLRISK_API_* are its settings."""
    from app.api import serve as verb
    from app.api.settings import Settings

    verb.run(terminal.root(), Settings.read())


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
    terminal.say("dim", "kept", f"its hash, in {path}; the key itself is not shown again")


@app.command()
def dashboard(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8501,
) -> None:
    """Serve the dashboard until Ctrl-C."""
    from app.dashboard import serve as verb

    verb.serve(terminal.root(), host, port)


@app.command()
def screenshots(
    out: Annotated[Path, typer.Option(help="Folder of the pictures.")] = Path("docs/images"),
) -> None:
    """Take pictures of every page of the dashboard, with the Chromium of this machine."""
    from app import screenshots as verb

    for picture in verb.take(terminal.root(), out):
        terminal.console.print(str(picture), soft_wrap=True, highlight=False)


@app.command()
def load(
    rate: Annotated[int, typer.Option(help="Requests a second.", min=1)] = 100,
    seconds: Annotated[int, typer.Option(help="How long.", min=5)] = 60,
    model: Annotated[str, typer.Option(help="Served from the middle on.")] = "har_vix",
) -> None:
    """Load the HTTP interface, with a new model in the middle; write results/load.json."""
    from app.load import measure as verb
    from app.load.summary import table

    terminal.console.print(table(verb.write(terminal.root(), verb.Plan(rate, seconds, model))))


@app.command()
def bench() -> None:
    """Time the DAG on this machine against the project's bounds."""
    from app import bench as verb

    terminal.console.print(verb.table(verb.measure(terminal.root())))
