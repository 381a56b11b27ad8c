"""Lines that each carry the hash of the one before.

A line is the canonical JSON of an event: keys sorted, no spaces, ASCII, floats as Python's ``repr``
of the stored double, one newline at its end. Its ``hash`` is the SHA-256 of the same JSON without
``hash``; its ``previous`` is the ``hash`` of the line before, zeros on the first line. So no line
can be changed, taken out, put in or moved without a break at that place, and the last hash stands
for all that was ever written. What a chain cannot show is that lines are missing at its end, or
that all of it was made anew: the history of the file shows that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from mlrisk.errors import MlriskError
from mlrisk.record.events import Event, parse

GENESIS = "0" * 64
"""What the first line carries for the hash of the line before."""

_SHOWN = 60


class RecordError(MlriskError, ValueError):
    """A track record that is not whole; names file, line and what is wrong."""


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a line.

    Parameters
    ----------
    line : int
        From 1.
    rule : str
        What is broken: ``form``, ``fields``, ``hash``, ``seq`` or ``previous`` here.
    detail : str
        What stands there, and what should.
    seq, date : optional
        Of the line, where it can be read.
    """

    line: int
    rule: str
    detail: str
    seq: int | None = None
    date: str | None = None

    def told(self) -> str:
        """In one line of text."""
        named = [f"seq {self.seq}"] if self.seq is not None else []
        place = ", ".join([f"line {self.line}", *named, *([self.date] if self.date else [])])
        return f"{place}: {self.rule}: {self.detail}"


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one text that stands for an object."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii")


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of an object without its ``hash``."""
    bare = {name: value for name, value in content.items() if name != "hash"}
    return hashlib.sha256(canonical(bare)).hexdigest()


def seal(content: Mapping[str, Any], seq: int, previous: str) -> bytes:
    """The line of a new event, newline included.

    Parameters
    ----------
    content : mapping
        Fields of an event as JSON has them, but for its place in the chain.
    seq : int
        Number of the line, from 0.
    previous : str
        Hash of the line before, or ``GENESIS``.
    """
    linked = {**content, "seq": seq, "previous": previous}
    return canonical({**linked, "hash": digest(linked)}) + b"\n"


def lines(data: bytes) -> list[bytes]:
    """The lines of a file without their newlines; the last may lack one."""
    parts = data.split(b"\n")
    return parts[:-1] if parts[-1] == b"" else parts


def examine(data: bytes) -> tuple[list[Event | None], list[Finding]]:
    """Read every line and hold it against the chain.

    Returns
    -------
    events : list
        One per line; null where it cannot be read.
    findings : list of Finding
        In the order of the lines. A line is held against the one before it alone, so that one
        change is one finding and not one on every line that follows.
    """
    events: list[Event | None] = []
    findings: list[Finding] = []
    # What the next line may carry; unknown behind a line that cannot be read.
    before: set[str] | None = {GENESIS}
    seq: int | None = 0
    for number, line in enumerate(lines(data), 1):
        event, found, hashes = _link(line, number, seq, before)
        events.append(event)
        findings += found
        before, seq = hashes, None if event is None else event.seq + 1
    if data and not data.endswith(b"\n"):
        findings.append(
            Finding(len(events), "form", "no newline at its end: the line was cut short")
        )
    return events, findings


def read(data: bytes, origin: str) -> list[Event]:
    """The events of a whole chain.

    Raises
    ------
    RecordError
        Where it is not whole; names the first line that is wrong.
    """
    events, findings = examine(data)
    if findings:
        more = f" ({len(findings) - 1} more findings)" if len(findings) > 1 else ""
        raise RecordError(
            f"{origin}: {findings[0].told()}{more}. Lines are only ever added: `mlrisk verify` "
            f"shows all that is wrong, `git log -p {origin}` what the line was."
        )
    return [event for event in events if event is not None]


def _link(
    line: bytes, number: int, seq: int | None, before: set[str] | None
) -> tuple[Event | None, list[Finding], set[str] | None]:
    try:
        content = json.loads(line)
        text = canonical(content) if isinstance(content, dict) else b""
    except (ValueError, RecursionError):
        content, text = None, b""
    if not text:
        return None, [Finding(number, "form", f"not a JSON object: {_excerpt(line)}")], None
    place = {"seq": _of(content, "seq", int), "date": _of(content, "date", str)}

    def finding(rule: str, detail: str) -> Finding:
        return Finding(number, rule, detail, **place)

    found = []
    if text != line:
        found.append(finding("form", f"not canonical JSON: {_difference(line, text)}"))
    own = digest(content)
    if content.get("hash") != own:
        detail = f"the hash says {content.get('hash')!r}, the line hashes to {own}"
        found.append(finding("hash", f"the line was changed: {detail}"))
    try:
        event = parse(line)
    except ValidationError as error:
        found.append(finding("fields", "; ".join(_complaints(error))))
        return None, found, {own, str(content.get("hash"))}
    if seq is not None and event.seq != seq:
        detail = f"{event.seq} where {seq} follows: a line is missing, put in or moved"
        found.append(finding("seq", detail))
    if before is not None and event.previous not in before:
        detail = "it does not carry the hash of the line before: that line is not the one it was "
        found.append(finding("previous", f"{detail}written after, or this one was made anew"))
    return event, found, {own, event.hash}


def _of(content: Mapping[str, Any], name: str, kind: type) -> Any:
    value = content.get(name)
    return value if type(value) is kind else None


def _excerpt(line: bytes) -> str:
    text = line[:_SHOWN].decode("utf-8", errors="replace")
    return repr(text + ("..." if len(line) > _SHOWN else ""))


def _difference(line: bytes, text: bytes) -> str:
    """Where a line and its canonical form part."""
    both = zip(line, text, strict=False)
    place = next((at for at, (one, other) in enumerate(both) if one != other), None)
    place = min(len(line), len(text)) if place is None else place
    return f"{_excerpt(line[place:])} at byte {place} where {_excerpt(text[place:])} belongs"


def _complaints(error: ValidationError) -> Sequence[str]:
    return [
        f"{'.'.join(map(str, one['loc'])) or 'event'}: {one['msg']}"
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    ]
