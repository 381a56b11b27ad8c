"""Keys of the HTTP interface: made once, shown once, kept as hashes.

A key is 256 random bits, so a plain SHA-256 is as good as a slow password hash: there is no list of
likely keys that a thief of the file could try, and a request is answered without the delay.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

from mlrisk.errors import MlriskError
from mlrisk.log import event

MARK = "mlrisk_"
"""What every key begins with, so that scanners of repositories can find one that leaked."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HASH = re.compile(r"[0-9a-f]{64}")


class KeysError(MlriskError, ValueError):
    """A file of keys that cannot be used; names file, line and what was expected."""


def generate() -> str:
    """A new key of 256 random bits."""
    return MARK + secrets.token_urlsafe(32)


def hashed(key: str) -> str:
    """What is stored of a key: its SHA-256 in hexadecimal."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def parse(text: str, path: Path) -> dict[str, str]:
    """Hashes by name.

    Parameters
    ----------
    text : str
        A line ``name:sha256`` for each key; empty lines and those that begin with ``#`` are none.
    path : Path
        Where the text is from, for messages.

    Raises
    ------
    KeysError
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, digest = line.strip().partition(":")
        where = f"{path}, line {number}"
        if not _NAME.fullmatch(name) or not _HASH.fullmatch(digest):
            raise KeysError(
                f"{where}: not a key. A line is name:sha256, the name of letters, digits, - and _, "
                "the hash of 64 hexadecimal digits; `mlrisk api-key NAME` writes one."
            )
        if name in found:
            raise KeysError(f"{where}: {name} is there already; every key has its own name.")
        found[name] = digest
    return found


def add(path: Path, name: str) -> str:
    """Append a new key's hash to a file, which is made for its owner alone; gives the key.

    Raises
    ------
    KeysError
        Where the name is taken or cannot be one, or the file is not one of keys.
    """
    if not _NAME.fullmatch(name):
        raise KeysError(f"{name!r}: a name has 1 to 64 letters, digits, - and _.")
    text = _read(path) if path.exists() else ""
    if name in parse(text, path):
        raise KeysError(f"{path}: {name} has a key already; take its line out first.")
    key = generate()
    line = ("\n" if text and not text.endswith("\n") else "") + f"{name}:{hashed(key)}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a") as file:
            file.write(line)
    except OSError as error:
        raise KeysError(f"{path}: {error.strerror}. Name a file that can be written.") from None
    return key


class Keys:
    """The keys of a file, read again when it changes.

    A file that cannot be read, or has no key, leaves those before in force: an editor that saves in
    two steps locks nobody out. To take a key back, take its line out.

    Parameters
    ----------
    path : Path

    Raises
    ------
    KeysError
        Where there is no key to begin with.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._state = _state(path)
        self._hashes = _hashes(path)
        if path.stat().st_mode & 0o022:
            event("keys can be changed by others", file=str(path), advice=f"chmod 600 {path}")

    def name(self, key: str) -> str | None:
        """Whose key it is; None where it is nobody's.

        It is compared with every stored hash, found or not, each time in constant time: how long
        that takes says nothing of which one was near.
        """
        self._refresh()
        given, found = hashed(key), None
        for name, digest in self._hashes.items():
            if hmac.compare_digest(given, digest):
                found = name
        return found

    def _refresh(self) -> None:
        state = _state(self._path)
        if state == self._state:
            return
        self._state = state
        try:
            self._hashes = _hashes(self._path)
        except KeysError as error:
            event("keys not read again", reason=str(error))
        else:
            event("keys read again", names=sorted(self._hashes))


def _hashes(path: Path) -> dict[str, str]:
    found = parse(_read(path), path)
    if not found:
        raise KeysError(f"{path}: no key in it. `mlrisk api-key NAME --file {path}` makes one.")
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise KeysError(
            f"{path}: {reason}. `mlrisk api-key NAME --file {path}` makes a file of keys."
        ) from None


def _state(path: Path) -> tuple[int, int, int] | None:
    """What changes with a file's content."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
