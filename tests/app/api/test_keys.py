from __future__ import annotations

import hmac
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from app.api import keys
from app.api.keys import Keys, KeysError
from app.cli import app

NAMES = st.text("abcXYZ019_-", min_size=1, max_size=64)
KEYS = st.text(st.characters(exclude_categories=()), max_size=80)


def test_a_key_is_kept_as_a_hash_alone(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "keys"
    key = keys.add(path, "desk")
    assert key.startswith("mlrisk_")
    assert len(key) == len("mlrisk_") + 43  # 256 bits in base 64
    assert key not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert Keys(path).name(key) == "desk"


def test_no_two_keys_are_the_same() -> None:
    assert len({keys.generate() for _ in range(1000)}) == 1000


@given(st.dictionaries(NAMES, KEYS, min_size=1, max_size=5), KEYS)
def test_finds_whose_key_it_is(given_keys: dict[str, str], other: str) -> None:
    text = "".join(f"{name}:{keys.hashed(key)}\n" for name, key in given_keys.items())
    parsed = keys.parse(f"# keys\n\n{text}", Path("keys"))
    assert parsed == {name: keys.hashed(key) for name, key in given_keys.items()}
    assert (keys.hashed(other) in parsed.values()) == (other in given_keys.values())


@pytest.mark.parametrize("place", [0, 1, 2, None])
def test_every_hash_is_compared_whichever_fits(
    place: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "keys"
    made = [keys.add(path, name) for name in ("first", "second", "third")]
    compared = []

    def watched(one: str, other: str) -> bool:
        compared.append(other)
        return real(one, other)

    real = hmac.compare_digest
    monkeypatch.setattr(keys.hmac, "compare_digest", watched)
    name = Keys(path).name(keys.generate() if place is None else made[place])
    assert name == (None if place is None else ("first", "second", "third")[place])
    assert compared == [keys.hashed(key) for key in made]


def test_near_misses_are_no_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    key = keys.add(path, "desk")
    known = Keys(path)
    flipped = key[:-1] + ("A" if key[-1] != "A" else "B")
    for wrong in (key[:-1], key + "A", flipped, key.swapcase(), key + "\n", "", key.encode().hex()):
        assert known.name(wrong) is None
    assert known.name(path.read_text().partition(":")[2].strip()) is None  # the hash is no key


def test_a_changed_file_counts_from_the_next_request_on(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    old = keys.add(path, "old")
    known = Keys(path)
    new = keys.add(path, "new")
    assert (known.name(old), known.name(new)) == ("old", "new")
    path.write_text(path.read_text().splitlines()[1] + "\n")
    assert (known.name(old), known.name(new)) == (None, "new")


@pytest.mark.parametrize("content", ["", "desk:not a hash\n", None])
def test_a_file_that_cannot_be_used_leaves_the_keys_before(
    content: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "keys"
    key = keys.add(path, "desk")
    known = Keys(path)
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    assert known.name(key) == "desk"
    other = keys.add(tmp_path / "other", "other")
    (tmp_path / "other").replace(path)
    assert (known.name(key), known.name(other)) == (None, "other")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, r"keys: No such file or directory\. `mlrisk api-key NAME --file .*keys` makes"),
        ("\n# none\n", r"keys: no key in it"),
        ("a:" + "0" * 64 + "\nb:" + "0" * 63 + "\n", r"keys, line 2: not a key"),
        ("a b:" + "0" * 64, r"keys, line 1: not a key"),
        ("a:" + "0" * 64 + "\na:" + "1" * 64, r"keys, line 2: a is there already"),
    ],
)
def test_says_what_is_wrong_with_a_file(text: str | None, told: str, tmp_path: Path) -> None:
    path = tmp_path / "keys"
    if text is not None:
        path.write_text(text)
    with pytest.raises(KeysError, match=told):
        Keys(path)


def test_messages_hold_no_key(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    key = keys.generate()
    path.write_text(f"{key}\n")  # someone put the key itself there
    with pytest.raises(KeysError) as caught:
        Keys(path)
    assert key not in str(caught.value)


@pytest.mark.parametrize("name", ["", "two words", "a:b", "a\nb", "é", "x" * 65])
def test_a_name_is_a_plain_word(name: str, tmp_path: Path) -> None:
    with pytest.raises(KeysError, match="a name has 1 to 64 letters"):
        keys.add(tmp_path / "keys", name)


def test_the_command_prints_a_key_once(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"before:{'0' * 64}")  # without an end of line
    made = CliRunner().invoke(app, ["api-key", "desk", "--file", str(path)])
    assert made.exit_code == 0
    key = made.stdout.strip()
    assert Keys(path).name(key) == "desk"
    assert key not in made.stderr
    again = CliRunner().invoke(app, ["api-key", "desk", "--file", str(path)])
    assert again.exit_code == 1
    assert "desk has a key already" in again.stderr
    assert path.read_text().count("desk") == 1


def test_warns_of_a_file_that_others_can_change(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "keys"
    keys.add(path, "desk")
    with caplog.at_level("INFO", logger="mlrisk"):
        Keys(path)
        assert not caplog.records
        os.chmod(path, 0o620)  # noqa: PTH101
        Keys(path)
    assert "chmod 600" in json.dumps([record.__dict__["fields"] for record in caplog.records])
