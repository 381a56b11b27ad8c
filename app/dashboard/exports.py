"""``/reports/report-<date>.<format>``: the report of a session, made when it is asked for.

It is a route of its own: what Streamlit makes for a download it forgets at the next redrawing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from app.dashboard import choice, state
from app.faces.day import NoSuchDayError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

ROUTE = "/reports/{name}"
TYPES = {"html": "text/html", "pdf": "application/pdf", "csv": "text/csv"}
_NAME = re.compile(rf"report-(\d{{4}}-\d\d-\d\d)\.({'|'.join(TYPES)})")


def link(iso: str, kind: str) -> str:
    """Address of a report, relative to that of a page."""
    return f"reports/report-{iso}.{kind}"


def report(request: Request) -> Response:
    """The file of that name, to be saved; a line of text where there is none."""
    from starlette.responses import PlainTextResponse, Response

    from app.daybook.write import render

    name = _NAME.fullmatch(request.path_params["name"])
    if name is None:
        return PlainTextResponse("There is no report of that name.", 404)
    snapshot = state.workspace().live.current
    try:
        date = choice.chosen(snapshot, name[1])
    except NoSuchDayError as error:
        return PlainTextResponse(f"{error}", 404)
    (data,) = render(snapshot, date, [name[2]]).values()
    headers = {"content-disposition": f'attachment; filename="{name[0]}"'}
    return Response(data, media_type=TYPES[name[2]], headers=headers)
