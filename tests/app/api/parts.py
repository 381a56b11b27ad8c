"""Services that are not read from a folder, and what serves them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
from fastapi import FastAPI

from app.api.main import create_app
from app.api.service import Service, assemble
from app.api.settings import Settings

SETTINGS = Settings(rate_per_minute=1_000_000, burst=100_000, reload_seconds=3600)
"""As many requests as a test likes, and nothing read again behind its back."""

TABLES = (
    "predictions", "contributions", "regime_contributions", "baseline", "labels", "features",
    "known", "clusters", "market", "macro",
)  # fmt: skip


def serving(service: Service, folder: Path) -> FastAPI:
    """An application that serves what it is given; the folder is an empty one."""
    app = create_app(folder, SETTINGS)
    app.state.following = SimpleNamespace(current=service, ready=True, problem=None)
    return app


def cut(service: Service, last: date) -> Service:
    """The service as if the DAG had been run at an earlier session, with the same models."""
    snapshot = service.snapshot
    tables = {
        name: table[table["date"] <= pd.Timestamp(last)].reset_index(drop=True)
        for name in TABLES
        for table in (getattr(snapshot, name),)
    }
    known_by = pd.Timestamp(last, tz="UTC") + pd.Timedelta(hours=22)
    tables |= {
        "calendar": snapshot.calendar[snapshot.calendar["known_from"] <= known_by],
        "documents": snapshot.documents[snapshot.documents["published_at"] <= known_by],
    }
    version = replace(snapshot.version, as_of=f"{last}")
    earlier = replace(snapshot, version=version, **tables)
    return assemble(earlier, service.served, (), service.desk)
