"""``mlrisk screenshots``: every page of the dashboard as a picture."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from app.dashboard.roster import PAGES
from app.repository import environment
from mlrisk.errors import MlriskError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
THEMES = ("light", "dark")
COLORS = 128
"""Of a picture's palette: enough for flat colours and their edges."""
TALLEST = 2600
"""Pixels; what lies further down is cut off."""
_QUESTION = "What does the latest CPI release say about the last 12 months?"
_START_SECONDS = 60.0
_WHOLE = "document.querySelector('[data-testid=stMain] > *').scrollHeight"
_PAUSE = 600
"""Milliseconds in which charts take their new width."""


class ScreenshotError(MlriskError, RuntimeError):
    """A browser or a dashboard that is not there; says what to do."""


def take(root: Path, folder: Path) -> Iterator[Path]:
    """Write ``dashboard-<page>-<size>[-dark].png`` of every page, size and theme.

    Raises
    ------
    ScreenshotError
        Where there is no Chromium, or the dashboard does not start.
    """
    from playwright.sync_api import sync_playwright

    program = chromium()
    folder.mkdir(parents=True, exist_ok=True)
    with served(root) as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        for size, theme in ((size, theme) for size in SIZES for theme in THEMES):
            yield from _pages(browser, address, folder, size, theme)
        browser.close()


def chromium() -> str:
    """Path of a Chromium of this machine.

    Raises
    ------
    ScreenshotError
        Where there is none.
    """
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise ScreenshotError(
            "no chromium on the PATH. Install one, as with `apt-get install chromium`."
        )
    return found


@contextmanager
def served(root: Path) -> Iterator[str]:
    """A dashboard of a repository on a free port; its address."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            ["mlrisk", "dashboard", "--port", str(port)],
            cwd=root,
            env=environment(),
            stdout=said,
            stderr=said,
        )
        try:
            _await(address, child, said)
            yield address
        finally:
            child.terminate()
            child.wait(timeout=30)


def ready(page: Page, path: str) -> None:
    """Wait until the page of a path is drawn, its charts included, and nothing of it is stale."""
    page.wait_for_selector(f'.mr-foot[data-page="{path}"]')
    page.wait_for_function(
        "() => !document.querySelector('[data-stale=\"true\"], .stSpinner')"
        " && !document.querySelector('[data-testid=stSkeleton]')"
        " && [...document.querySelectorAll('.stVegaLiteChart')].every("
        "chart => chart.querySelector('canvas, svg'))"
    )


def _pages(browser: Browser, address: str, folder: Path, size: str, theme: str) -> Iterator[Path]:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        has_touch=size == "phone",
        is_mobile=size == "phone",
    )
    page = context.new_page()
    for name, path, _ in PAGES:
        asked = "?q=" + _QUESTION.replace(" ", "+") if name == "ask" else ""
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{address}/{path}{asked}")
        ready(page, path)
        _unfold(page, path, width, height)
        target = folder / f"dashboard-{name}-{size}{'-dark' if theme == 'dark' else ''}.png"
        target.write_bytes(small(page.screenshot()))
        yield target
    context.close()


def _unfold(page: Page, path: str, width: int, height: int) -> None:
    """Make the window as tall as the page, which scrolls within it, until both stand still."""
    told = 0
    while told != (whole := page.evaluate(_WHOLE)):
        told = whole
        page.set_viewport_size({"width": width, "height": min(max(whole, height), TALLEST)})
        page.wait_for_timeout(_PAUSE)
        ready(page, path)


def small(picture: bytes) -> bytes:
    """A PNG in a palette of few colours."""
    from PIL import Image

    image = Image.open(BytesIO(picture)).convert("RGB")
    reduced = image.quantize(COLORS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    out = BytesIO()
    reduced.save(out, "PNG", optimize=True)
    return out.getvalue()


def _await(address: str, child: subprocess.Popen[bytes], said: IO[bytes]) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if child.poll() is not None:
            said.seek(0)
            told = said.read().decode(errors="replace")
            raise ScreenshotError(f"the dashboard has ended: {told.strip()[-2000:]}")
        try:
            with urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise ScreenshotError(f"{address}: the dashboard does not answer after {_START_SECONDS:.0f} s")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
