"""A visitor's browser: every page, citations, downloads; nothing leaves the machine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from app.dashboard.roster import PAGES
from app.faces import format as written
from app.faces.day import view
from app.faces.snapshot import Snapshot
from app.screenshots import ARGUMENTS, SIZES, ready, served

pytestmark = pytest.mark.skipif(
    shutil.which("chromium") is None, reason="no chromium on the PATH: apt-get install chromium"
)

COMBINATIONS = [("desktop", "light"), ("phone", "dark")]
SERIOUS = {"serious", "critical"}


@dataclass
class Visit:
    """A page, and what must not happen on it."""

    page: Page
    address: str
    problems: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(f"{self.address}/{path}")
        ready(self.page, path.partition("?")[0])

    def heading(self) -> str:
        return self.page.locator("h1").first.inner_text()


@pytest.fixture(scope="module")
def address(computed: Path) -> Iterator[str]:
    with served(computed) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        started = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(ARGUMENTS)
        )
        yield started
        started.close()


@contextmanager
def visiting(browser: Browser, address: str, size: str, theme: str) -> Iterator[Visit]:
    """A new visitor; what the browser complains about, or asks of others, is a failure."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        accept_downloads=True,
    )
    visit = Visit(context.new_page(), address)

    def guard(route: Route) -> None:
        url = route.request.url
        if url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            visit.problems.append(f"asked for {url}")
            route.abort()

    page = visit.page
    context.route("**/*", guard)
    page.on("console", lambda said: _note(visit, said.type, said.text))
    page.on("pageerror", lambda error: visit.problems.append(str(error)))
    page.on("websocket", lambda opened: _own(visit, opened.url))
    yield visit
    context.close()
    assert visit.problems == []


def _note(visit: Visit, kind: str, text: str) -> None:
    if kind == "error":
        visit.problems.append(text)


def _own(visit: Visit, url: str) -> None:
    if not url.startswith(visit.address.replace("http", "ws", 1)):
        visit.problems.append(f"socket to {url}")


@pytest.mark.parametrize(("size", "theme"), COMBINATIONS)
def test_every_page_by_a_click(browser: Browser, address: str, size: str, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()
    with visiting(browser, address, size, theme) as visit:
        visit.open("")
        for _, path, title in PAGES:
            visit.page.get_by_role("link", name=title, exact=True).click()
            visit.page.wait_for_url(f"{address}/{path}")
            ready(visit.page, path)
            overflow = "document.documentElement.scrollWidth - window.innerWidth"
            assert visit.page.evaluate(overflow) <= 0, f"{path} is wider than the screen"
            found = axe.run(visit.page, context="[data-testid=stMain]").response["violations"]
            serious = [one for one in found if one["impact"] in SERIOUS]
            told = {one["id"]: [node["html"][:200] for node in one["nodes"]] for one in serious}
            assert not told, f"{path}: {json.dumps(told, indent=1)}"


def test_address_of_a_date_and_back(browser: Browser, address: str, snapshot: Snapshot) -> None:
    day = view(snapshot, snapshot.predictions["date"].iloc[-60])
    assert day.following is not None
    with visiting(browser, address, "desktop", "dark") as visit:
        visit.open(f"?date={day.iso}")
        assert visit.heading().endswith(written.day(day.date))
        headline = visit.page.locator("#headline").inner_text()
        assert headline == written.annualised(day.rv_5d_hat)
        visit.page.get_by_role("button", name="→").click()
        visit.page.wait_for_url(f"**/?date={day.following:%Y-%m-%d}")
        visit.page.get_by_text(written.day(day.following)).first.wait_for()
        visit.page.get_by_role("link", name="Drivers").click()
        visit.page.wait_for_url(f"**/drivers?date={day.following:%Y-%m-%d}")
        visit.page.go_back()
        visit.page.wait_for_url(f"**/?date={day.following:%Y-%m-%d}")


def test_citation_opens_and_closes(browser: Browser, address: str) -> None:
    with visiting(browser, address, "desktop", "light") as visit:
        visit.open("brief")
        visit.page.locator("a.mr-cited").first.click()
        quote = visit.page.get_by_role("dialog").locator("mark").first
        quote.wait_for()
        assert quote.inner_text()[:30] in visit.page.locator(".mr-brief").last.inner_text()
        assert "cite=1" in visit.page.url
        visit.page.keyboard.press("Escape")
        visit.page.get_by_role("dialog").wait_for(state="detached")
        visit.page.wait_for_function("() => !location.search.includes('cite')")
        visit.page.locator(".st-key-mr-citations").get_by_role("button").last.click()
        visit.page.get_by_role("dialog").locator("mark").first.wait_for()


def test_answer_on_a_phone_cites_what_opens(browser: Browser, address: str) -> None:
    with visiting(browser, address, "phone", "dark") as visit:
        visit.open("ask")
        box = visit.page.get_by_label("Question to the documents")
        box.fill("What is the latest unemployment rate?")
        box.press("Enter")
        visit.page.locator(".mr-answer").wait_for()
        visit.page.locator(".st-key-mr-citations").get_by_role("button").first.click()
        mark = visit.page.get_by_role("dialog").locator("mark").first
        mark.wait_for()
        assert "unemployment" in mark.inner_text().lower() or "jobless" in mark.inner_text()
        style = "node => [getComputedStyle(node).color, getComputedStyle(node).backgroundColor]"
        ink, ground = mark.evaluate(style)
        assert _contrast(ink, ground) >= 4.5


def _contrast(ink: str, ground: str) -> float:
    """The ratio of WCAG 2.2, of two colours as a browser writes them."""

    def luminance(color: str) -> float:
        parts = [int(part) / 255 for part in color.strip("rgb()").split(",")]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted([luminance(ink), luminance(ground)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("kind", "begins"), [("HTML", b"<!doctype html>"), ("PDF", b"%PDF-")])
def test_report_is_downloaded(
    kind: str, begins: bytes, browser: Browser, address: str, snapshot: Snapshot
) -> None:
    with visiting(browser, address, "desktop", "light") as visit:
        visit.open("brief")
        with visit.page.expect_download() as waited:
            visit.page.get_by_role("link", name=kind, exact=True).click()
        file = waited.value
        assert file.suggested_filename == f"report-{snapshot.version.as_of}.{kind.lower()}"
        assert Path(file.path()).read_bytes()[:15].lower().startswith(begins.lower())


def test_other_theme_is_taken_over_by_charts(browser: Browser, address: str) -> None:
    colors = (
        "() => [...document.querySelectorAll('.stVegaLiteChart svg text')]"
        ".map(text => text.getAttribute('fill'))"
    )
    with visiting(browser, address, "desktop", "light") as visit:
        visit.open("")
        before = set(visit.page.evaluate(colors))
        visit.page.get_by_test_id("stMainMenu").click()
        visit.page.get_by_test_id("stMainMenuPopover").get_by_text("Dark").click()
        visit.page.keyboard.press("Escape")
        visit.page.wait_for_function(
            f"before => !({colors})().some(color => before.includes(color))", arg=list(before)
        )
