"""The Dockerfile, read."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]


def instructions() -> list[tuple[str, str]]:
    """Each instruction and what stands behind it, comments out and continued lines joined."""
    text = (ROOT / "Dockerfile").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [
        (word, " ".join(rest.split()))
        for word, rest in (line.split(maxsplit=1) for line in joined.splitlines() if line.strip())
    ]


FILE = instructions()
STAGES = [rest.split(" AS ") for word, rest in FILE if word == "FROM"]
FINAL = FILE[max(place for place, (word, _) in enumerate(FILE) if word == "FROM") :]
"""What makes the image that runs; the stages before only feed it."""


def told(instruction: str) -> list[str]:
    """What the last stage says with an instruction, each time it is used."""
    return [rest for word, rest in FINAL if word == instruction]


def variables() -> dict[str, str]:
    """The environment of the image."""
    return dict(word.split("=", 1) for word in " ".join(told("ENV")).split())
