from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from app import repository, screenshots


def test_picture_keeps_its_size_and_becomes_smaller() -> None:
    drawn = Image.effect_mandelbrot((300, 200), (-2, -1, 1, 1), 60).convert("RGB")
    whole = BytesIO()
    drawn.save(whole, "PNG")
    small = screenshots.small(whole.getvalue())
    image = Image.open(BytesIO(small))
    assert image.size == (300, 200)
    assert len(image.getcolors(1 << 16) or []) <= screenshots.COLORS
    assert screenshots.small(whole.getvalue()) == small


def test_browser_that_is_not_there_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(screenshots.ScreenshotError, match="apt-get install chromium"):
        screenshots.chromium()


def test_dashboard_that_does_not_start_is_quoted(tmp_path: Path) -> None:
    repository.git("init", "--quiet", root=tmp_path)
    (tmp_path / ".dvc").mkdir()
    with (
        pytest.raises(screenshots.ScreenshotError, match="mlrisk run"),
        screenshots.served(tmp_path),
    ):
        pass
