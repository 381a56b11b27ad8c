"""A folder of files: what is read, what was known when, and what is told about a bad file."""

from __future__ import annotations

import functools
import gzip
import hashlib
import io
import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk import contracts
from mlrisk.calendar import sessions
from mlrisk.dataset import ContractError
from mlrisk.sources import files
from mlrisk.sources.base import Raw, SourceError
from mlrisk.sources.files import FileFolder
from tests.real import REAL, needs_real

KINDS: dict[str, contracts.Kind] = {"SPY": "equity", "VIX": "index", "WTI": "signed"}
SERIES = ["CPIAUCSL", "DFF", "UNRATE"]
DAYS = sessions(date(2020, 3, 2), date(2020, 4, 30))
LAST = DAYS[-1]


def ohlc() -> pd.DataFrame:
    close = 300 + np.arange(len(DAYS)) / 7
    return pd.DataFrame(
        {
            "date": DAYS,
            "open": close - 0.5,
            "high": close + 1,
            "low": close - 1,
            "close": close,
            "adj_close": close * 0.9,
            "volume": 1_000_000,
        }
    )


def close_only(close: float) -> pd.DataFrame:
    blank = dict.fromkeys(["open", "high", "low", "adj_close", "volume"])
    return ohlc().assign(**blank, close=close)


def rates() -> pd.DataFrame:
    days = pd.date_range("2020-02-28", "2020-05-10", freq="D")
    return pd.DataFrame({"date": days, "value": np.arange(len(days)) / 100})


def releases(series: str, rows: list[tuple[str, float, str]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["macro_value_date", "value", "available_by"])
    return table.assign(series_id=series, vintage="first_print")


TABLES = {
    "market/SPY": ohlc(),
    "market/VIX": close_only(15.0),
    "market/CL_F": close_only(-37.63),
    "rates/DFF": rates(),
    "macro/DFF": releases("DFF", [("2020-03-01", 99.0, "2020-03-02T14:00:00Z")]),
    "macro/UNRATE": releases(
        "UNRATE",
        [
            ("1989-12-01", 5.4, "1990-01-05T13:30:00Z"),
            ("2020-02-01", 3.5, "2020-03-06T13:30:00Z"),
            ("2020-03-01", 4.4, "2020-04-03T12:30:00Z"),
            ("2020-04-01", 14.7, "2020-05-08T12:30:00Z"),
        ],
    ),
    "macro/CPIAUCSL": releases("CPIAUCSL", [("2020-01-01", 1.0, "2020-02-13T13:30:00Z")]),
    "macro/CPIAUCSL_vintages": releases(
        "CPIAUCSL",
        [
            ("2020-01-01", 258.8, "2020-02-13T13:30:00Z"),
            ("2020-02-01", 259.1, "2020-03-11T12:30:00Z"),
            ("2020-01-01", 258.7, "2020-03-11T12:30:00Z"),
            ("2020-02-01", 259.0, "2020-04-10T12:30:00Z"),
        ],
    ),
    # Of other columns, hence another table than a series.
    "macro/UNRATE_vintages": pd.DataFrame(
        {"series_id": ["UNRATE"], "vintage_date": ["2020-01-10"]}
    ),
    "macro/release_calendar": pd.DataFrame({"release": ["CPI"], "time": ["2020-03-11"]}),
}


def put(root: Path, name: str, content: pd.DataFrame | bytes) -> None:
    """Write a file, in the form its suffix says."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        assert isinstance(content, pd.DataFrame)
        content.to_parquet(path, index=False)
        return
    data = content if isinstance(content, bytes) else content.to_csv(index=False).encode()
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, table in TABLES.items():
        put(tmp_path, f"{name}.csv.gz", table)
    return tmp_path


def folder(root: Path, **settings: Any) -> FileFolder:
    return FileFolder(
        root=root,
        digest=settings.pop("digest", None) or files.digest(files.manifest(root)),
        start=settings.pop("start", date(2020, 3, 2)),
        macro_start=date(1990, 1, 1),
        aliases={"WTI": "CL_F", "NONE": "NOT_THERE"},
    )


def read(root: Path, last: pd.Timestamp = LAST, **settings: Any) -> Raw:
    return folder(root, **settings).read(list(KINDS), SERIES, last)


def written_and_read(tables: Mapping[str, pd.DataFrame], last: pd.Timestamp) -> Raw:
    with tempfile.TemporaryDirectory() as place:
        for name, table in tables.items():
            put(Path(place), f"{name}.csv", table)
        return read(Path(place), last)


def revised_after(day: pd.Timestamp, table: pd.DataFrame, change: float) -> pd.DataFrame:
    """The table with every number moved that is dated, or becomes available, after a day."""
    dated = table[table.columns.intersection(["date", "available_by"])]
    if dated.empty:
        return table
    later = pd.to_datetime(dated.iloc[:, 0], utc=True).dt.date > day.date()
    numbers = table.select_dtypes("number")
    return table.assign(**numbers.where(~later, numbers + change))


def of(raw: Raw, series: str) -> pd.DataFrame:
    return raw.macro[raw.macro["series_id"] == series].reset_index(drop=True)


def test_what_is_read_keeps_the_contracts(root: Path) -> None:
    raw = read(root)
    market = contracts.raw_market(KINDS).validate(raw.market)
    contracts.RAW_MACRO.validate(raw.macro)
    assert market.groupby("symbol").size().to_dict() == dict.fromkeys(KINDS, len(DAYS))
    spy = market[market["symbol"] == "SPY"]
    np.testing.assert_array_equal(spy["close"], ohlc()["close"])
    assert raw.truth.empty


def test_it_offers_what_it_has_under_either_name(root: Path) -> None:
    source = folder(root)
    assert source.symbols == {"SPY", "VIX", "CL_F", "WTI"}
    assert source.series == {"CPIAUCSL", "DFF", "UNRATE"}


def test_rows_before_the_start_are_left_aside(root: Path) -> None:
    raw = read(root, start=date(2020, 4, 1))
    assert raw.market["date"].min() == pd.Timestamp("2020-04-01")
    assert of(raw, "UNRATE")["macro_value_date"].min() == pd.Timestamp("2020-02-01")


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet"])
def test_each_form_of_a_file_gives_the_same_rows(root: Path, tmp_path: Path, suffix: str) -> None:
    other = tmp_path / "other"
    for name, table in TABLES.items():
        put(other, name + suffix, table)
    for one, same in zip(read(root).__dict__.items(), read(other).__dict__.items(), strict=True):
        if one[0] != "manifest":
            pd.testing.assert_frame_equal(one[1], same[1], check_exact=True)


def test_parquet_may_hold_text_dates_times_or_nulls(root: Path) -> None:
    expected = read(root)
    (root / "market/SPY.csv.gz").unlink()
    (root / "macro/UNRATE.csv.gz").unlink()
    spy = ohlc().assign(date=ohlc()["date"].dt.date, volume=ohlc()["volume"].astype("Int64"))
    put(root, "market/SPY.parquet", spy)
    unrate = TABLES["macro/UNRATE"]
    times = pd.to_datetime(unrate["available_by"])
    put(root, "macro/UNRATE.parquet", unrate.assign(available_by=times))
    found = read(root)
    pd.testing.assert_frame_equal(found.market, expected.market, check_exact=True)
    pd.testing.assert_frame_equal(found.macro, expected.macro, check_exact=True)


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(root: Path) -> None:
    expected = read(root)
    text = ohlc().to_csv(index=False).replace("\n", "\r\n")
    put(root, "market/SPY.csv.gz", text.encode("utf-8-sig"))
    pd.testing.assert_frame_equal(read(root).market, expected.market, check_exact=True)


def test_numbers_are_the_doubles_nearest_to_their_text(root: Path) -> None:
    text = ["0.1", "718.6599731445312", "9007199254740993", "1e-05", "3.141592653589793238"]
    table = ohlc().assign(close=(text * len(DAYS))[: len(DAYS)])
    put(root, "market/VIX.csv.gz", table)
    market = read(root).market
    closes = market.loc[market["symbol"] == "VIX", "close"]
    assert closes.tolist()[:5] == [float(number) for number in text]


@pytest.mark.parametrize(
    ("day", "released"),
    [
        ("2020-03-05", "2020-03-06 21:15"),  # Thursday, winter time
        ("2020-03-06", "2020-03-09 20:15"),  # Friday: Monday, by then summer time
        ("2020-03-07", "2020-03-09 20:15"),  # Saturday
        ("2020-04-09", "2020-04-13 20:15"),  # Thursday before Good Friday
    ],
)
def test_a_rate_is_released_in_the_afternoon_of_the_next_session(
    root: Path, day: str, released: str
) -> None:
    table = of(read(root), "DFF").set_index("macro_value_date")
    assert table.loc[day, "release_datetime"] == pd.Timestamp(released, tz="UTC")
    assert table.index[-1] == pd.Timestamp("2020-04-29")  # the last day's comes the session after


def test_rates_go_before_macro_values_of_the_same_name(root: Path) -> None:
    assert 99.0 not in of(read(root), "DFF")["value"].tolist()


def test_a_release_is_known_at_22_utc_of_its_day_and_not_before(root: Path) -> None:
    before, after = pd.Timestamp("2020-04-02"), pd.Timestamp("2020-04-03")
    assert of(read(root, before), "UNRATE")["value"].tolist() == [3.5]
    assert of(read(root, after), "UNRATE")["value"].tolist() == [3.5, 4.4]
    late = releases("UNRATE", [("2020-03-01", 4.4, "2020-04-03T22:00:01Z")])
    put(root, "macro/UNRATE.csv.gz", late)
    assert of(read(root, after), "UNRATE").empty


def test_the_history_of_vintages_goes_before_the_latest_values(root: Path) -> None:
    table = of(read(root), "CPIAUCSL")
    assert table["value"].tolist() == [258.8, 258.7, 259.1, 259.0]
    assert table["macro_value_date"].dt.month.tolist() == [1, 1, 2, 2]
    in_march = of(read(root, pd.Timestamp("2020-03-31")), "CPIAUCSL")
    assert in_march["value"].tolist() == [258.8, 258.7, 259.1]


@settings(max_examples=5)
@given(cut=st.integers(0, len(DAYS) - 2), change=st.floats(1, 1000))
def test_what_is_known_on_a_day_does_not_depend_on_what_came_later(cut: int, change: float) -> None:
    """Later rows may be there or not, or say something else: what was known stays, to the bit."""
    day = DAYS[cut]
    early, whole = written_and_read(TABLES, day), written_and_read(TABLES, LAST)
    market = whole.market[whole.market["date"] <= day].reset_index(drop=True)
    moment = day.tz_localize("UTC") + pd.Timedelta(hours=22)
    macro = whole.macro[whole.macro["release_datetime"] <= moment].reset_index(drop=True)
    pd.testing.assert_frame_equal(early.market, market, check_exact=True)
    pd.testing.assert_frame_equal(early.macro, macro, check_exact=True)

    revised = {name: revised_after(day, table, change) for name, table in TABLES.items()}
    other = written_and_read(revised, day)
    pd.testing.assert_frame_equal(early.market, other.market, check_exact=True)
    pd.testing.assert_frame_equal(early.macro, other.macro, check_exact=True)


def test_the_manifest_has_a_row_per_file_it_can_give(root: Path) -> None:
    put(root, "market/README.md", b"not a table")
    put(root, "docs/html/speech.htm", b"<html></html>")
    put(root, "docs/.index.swp", b"an editor's")
    table = files.manifest(root)
    assert table["file"].tolist() == [
        "docs/html/speech.htm",
        "macro/CPIAUCSL.csv.gz",
        "macro/CPIAUCSL_vintages.csv.gz",
        "macro/DFF.csv.gz",
        "macro/UNRATE.csv.gz",
        "market/CL_F.csv.gz",
        "market/SPY.csv.gz",
        "market/VIX.csv.gz",
        "rates/DFF.csv.gz",
    ]
    speech = table.set_index("file").loc["docs/html/speech.htm"]
    assert speech[["rows", "first", "last"]].tolist() == [1, "", ""]
    assert speech["sha256"] == hashlib.sha256(b"<html></html>").hexdigest()
    spy = table.set_index("file").loc["market/SPY.csv.gz"]
    assert spy[["rows", "first", "last"]].tolist() == [len(DAYS), "2020-03-02", "2020-04-30"]
    pd.testing.assert_frame_equal(read(root).manifest, table)


def test_the_digest_is_the_hash_of_the_manifests_text() -> None:
    table = pd.DataFrame(
        {
            "file": ["market/SPY.csv"],
            "sha256": ["0f"],
            "rows": [3],
            "first": ["2020-01-02"],
            "last": ["2020-01-06"],
        }
    )
    # printf 'file,sha256,rows,first,last\nmarket/SPY.csv,0f,3,2020-01-02,2020-01-06\n' | sha256sum
    assert files.digest(table) == (
        "sha256-8e8e246a40c65b56158a392172950afb99b8229c0a5ab70de83d0e21fe5af35b"
    )


def test_files_that_are_none_of_the_sources_leave_the_digest(root: Path) -> None:
    before = files.digest(files.manifest(root))
    put(root, "market/README.md", b"not a table")
    put(root, "macro/release_calendar.csv.gz", b"release,time\nCPI,2020-04-10\n")
    assert files.digest(files.manifest(root)) == before


@pytest.mark.parametrize("change", ["a number", "a file more", "a file less", "a document"])
def test_other_files_than_those_of_the_digest_are_told(root: Path, change: str) -> None:
    source = folder(root)
    if change == "a number":
        put(root, "market/VIX.csv.gz", close_only(15.1))
    elif change == "a file more":
        put(root, "market/TLT.csv.gz", ohlc())
    elif change == "a document":
        put(root, "docs/note.md", b"A note")
    else:
        (root / "market/CL_F.csv.gz").unlink()
    found = files.digest(files.manifest(root))
    with pytest.raises(SourceError) as caught:
        source.read(["SPY"], [], LAST)
    text = str(caught.value)
    assert f"Expected {source.digest}, found {found} (" in text
    assert "A file was changed, added or removed since" in text
    assert f"mlrisk digest {root}" in text
    assert "-S source.digest=" in text


def spoiled(column: str, value: object, row: int = 4) -> pd.DataFrame:
    table = ohlc().assign(date=DAYS.strftime("%Y-%m-%d")).astype(object)
    table.loc[row, column] = value
    return table


def text_of(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode()


def parquet() -> bytes:
    buffer = io.BytesIO()
    ohlc().to_parquet(buffer)
    return buffer.getvalue()


SPY = "market/SPY.csv.gz"
BAD: list[tuple[str, pd.DataFrame | bytes, str]] = [
    (
        SPY,
        spoiled("close", "n/a"),
        r"market/SPY.csv.gz: row 5 has close = n/a; expected a number or",
    ),
    (SPY, spoiled("volume", "1,000"), r"row 5 has volume = 1,000; expected a number"),
    (SPY, spoiled("date", "03/06/2020"), r"row 5 has date = 03/06/2020; expected a date such as"),
    (SPY, spoiled("date", "2020-02-30"), r"row 5 has date = 2020-02-30; expected a date such as"),
    (SPY, spoiled("date", ""), r"row 5 has date = nan; expected a date such as"),
    (SPY, spoiled("date", "2020-03-05"), r"row 5 has date = 2020-03-05; expected each date once"),
    (SPY, spoiled("date", "2020-03-04"), r"row 5 has date = 2020-03-04; expected dates in order"),
    (
        SPY,
        ohlc()[::-1],
        r"row 2 \(the first of 42 such rows\) has date = 2020-04-29.*dates in order",
    ),
    (
        SPY,
        ohlc().drop(columns=["high", "low"]),
        r"market/SPY.csv.gz: has no column high, low; a fi",
    ),
    (SPY, ohlc()[:0], r"market/SPY.csv.gz: has a header and no rows"),
    (SPY, b"", r"market/SPY.csv.gz: cannot be read whole \(No columns to parse"),
    (SPY, b"\xff\xfe\x00\x01", r"market/SPY.csv.gz: cannot be read whole \(.*utf-8"),
    (
        SPY,
        text_of(ohlc()) + b"1,2,3,4,5,6,7,8,9\n",
        r"cannot be read whole \(Error tokenizing data",
    ),
    ("market/SPY.csv", ohlc(), r"market/SPY.csv and market/SPY.csv.gz are both SPY. Keep one"),
    ("rates/DFF.csv.gz", rates().assign(value="."), r"rates/DFF.csv.gz: row 1 .* has value = \."),
    ("rates/DFF.csv.gz", rates().drop(columns="value"), r"rates/DFF.csv.gz: has no column value"),
    (
        "macro/UNRATE.csv.gz",
        releases("UNRATE", [("2020-02-01", 3.5, "soon")]),
        r"macro/UNRATE.csv.gz: row 1 has available_by = soon; expected a time such as",
    ),
    (
        "macro/UNRATE.csv.gz",
        releases("PAYEMS", [("2020-02-01", 3.5, "2020-03-06T13:30:00Z")]),
        r"row 1 has series_id = PAYEMS; expected UNRATE, as the file says",
    ),
    (
        "macro/UNRATE.csv.gz",
        releases("UNRATE", [("2020-02-01", value, "2020-03-06T13:30:00Z") for value in (3.5, 3.6)]),
        r"row 2 has macro_value_date = 2020-02-01; expected one value per period and available_by",
    ),
]


@pytest.mark.parametrize(("name", "content", "message"), BAD)
def test_a_bad_file_is_told_with_row_value_and_what_was_expected(
    root: Path, name: str, content: pd.DataFrame | bytes, message: str
) -> None:
    put(root, name, content)
    with pytest.raises(SourceError, match=message):
        read(root)


@pytest.mark.parametrize("suffix", [".csv.gz", ".parquet"])
@pytest.mark.parametrize("damage", ["truncated", "scrambled"])
def test_a_damaged_file_is_told(root: Path, suffix: str, damage: str) -> None:
    (root / SPY).unlink()
    put(root, f"market/SPY{suffix}", ohlc())
    path = root / f"market/SPY{suffix}"
    whole = path.read_bytes()
    path.write_bytes(whole[:-40] if damage == "truncated" else bytes(255 - b for b in whole))
    message = f"market/SPY{suffix}: cannot be read whole .* fetch it again, or take it out"
    with pytest.raises(SourceError, match=message):
        read(root)


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        (SPY, spoiled("close", ""), "close must not be null: broken by 1 of"),
        (SPY, spoiled("close", "NaN"), "close must not be null: broken by 1 of"),
        (SPY, spoiled("close", "inf"), "close must be finite: broken by 1 of"),
        (
            SPY,
            spoiled("open", "0"),
            "open, high, low of an equity or ETF must be there and positive",
        ),
        (SPY, spoiled("low", "500"), "high must be the highest and low the lowest"),
        (
            "market/VIX.csv.gz",
            close_only(-1.0),
            "close of all but a signed symbol must be positive",
        ),
    ],
)
def test_a_value_its_role_forbids_breaks_the_contract(
    root: Path, name: str, content: pd.DataFrame, rule: str
) -> None:
    put(root, name, content)
    with pytest.raises(ContractError, match=f"^data/raw/market: .*\n- {rule}"):
        contracts.raw_market(KINDS).validate(read(root).market)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda root: root / "nowhere", r"nowhere: no such folder\. MLRISK_FILES_ROOT must name"),
        (
            lambda root: root / "market",
            r"market: no market/SYMBOL\.csv\.gz, \.csv or \.parquet in it",
        ),
    ],
)
def test_a_folder_of_another_layout_is_told(
    root: Path, make: Callable[[Path], Path], message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        files.manifest(make(root))


@pytest.mark.parametrize(
    ("symbols", "series", "last", "message"),
    [
        (
            ["SPY", "QQQ"],
            [],
            LAST,
            "source 'files' has no symbol 'QQQ'; it offers CL_F, SPY, VIX, WTI",
        ),
        (["SPY", "NONE"], [], LAST, "source 'files' has no symbol 'NONE'"),
        (["SPY"], ["NAPM"], LAST, "source 'files' has no series 'NAPM'; it offers CPIAUCSL, DFF"),
        (["SPY"], ["UNRATE_vintages"], LAST, "source 'files' has no series 'UNRATE_vintages'"),
        (["SPY"], [], pd.Timestamp("2020-05-01"), "its rows run from 2020-03-02 to 2020-04-30"),
        (["SPY"], [], pd.Timestamp("2020-02-28"), "its rows run from 2020-03-02 to 2020-04-30"),
        (["SPY"], [], pd.Timestamp("2020-04-10"), r"2020-04-10 \(Friday\) is no NYSE session"),
    ],
)
def test_what_the_folder_does_not_have_is_told(
    root: Path, symbols: list[str], series: list[str], last: pd.Timestamp, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        folder(root).read(symbols, series, last)


REAL_KINDS: dict[str, contracts.Kind] = {
    **dict.fromkeys(["SPY", "TLT", "HYG", "GLD", "XLB", "XLE"], "equity"),
    **dict.fromkeys(["VIX", "VIX3M", "VIX9D", "VVIX", "DXY"], "index"),
    "WTI": "signed",
}
REAL_SERIES = ["CPIAUCNS", "CPIAUCSL", "DFF", "DGS10", "NAPM", "T10Y2Y", "UNRATE"]


@functools.cache
def real(last: str) -> Raw:
    return _real_folder().read(list(REAL_KINDS), REAL_SERIES, pd.Timestamp(last))


@functools.cache
def _real_folder() -> FileFolder:
    digest = files.digest(files.manifest(REAL))
    return FileFolder(REAL, digest, date(1990, 1, 2), date(1990, 1, 1), {"WTI": "CL_F"})


@needs_real
def test_real_rows_keep_the_contracts_with_their_known_defects() -> None:
    raw = real("2026-05-01")
    market = contracts.raw_market(REAL_KINDS).validate(raw.market).set_index(["symbol", "date"])
    contracts.RAW_MACRO.validate(raw.macro)
    assert market.loc[("WTI", "2020-04-20"), "close"] < 0
    assert market.loc["VVIX", "open"].isna().all()
    typo = market.loc[("VIX", "2008-10-10")]
    assert typo["low"] < typo["open"] - 20
    common = market.loc["SPY"].index[market.loc["SPY"].index >= "2007-04-11"]
    assert len(common) == 4796


@needs_real
def test_real_inflation_is_that_of_may_one_session_before_junes_release() -> None:
    def latest(day: str, series: str) -> pd.Series:
        return of(real(day), series).iloc[-1]

    before, after = latest("2022-07-12", "CPIAUCNS"), latest("2022-07-13", "CPIAUCNS")
    assert (before["macro_value_date"].month, after["macro_value_date"].month) == (5, 6)
    assert after["release_datetime"] == pd.Timestamp("2022-07-13 12:30", tz="UTC")
    history = of(real("2022-07-13"), "CPIAUCNS").set_index("macro_value_date")["value"]
    assert round(100 * (history["2022-06-01"] / history["2021-06-01"] - 1), 1) == 9.1


@needs_real
def test_real_values_are_the_known_ones() -> None:
    unemployment = of(real("2026-05-01"), "UNRATE").set_index("macro_value_date")
    assert unemployment.loc["2020-04-01", "value"] == 14.7
    assert unemployment.loc["2020-04-01", "release_datetime"] == pd.Timestamp(
        "2020-05-08 12:30", tz="UTC"
    )
    assert of(real("2026-05-01"), "DFF")["macro_value_date"].max() == pd.Timestamp("2026-04-30")
    assert of(real("2026-05-01"), "CPIAUCSL")["macro_value_date"].duplicated().any()


@needs_real
@pytest.mark.parametrize("day", ["2008-10-10", "2020-03-16"])
def test_real_rows_of_an_earlier_day_are_the_first_of_a_later_one(day: str) -> None:
    early, whole = real(day), real("2026-05-01")
    moment = pd.Timestamp(f"{day} 22:00", tz="UTC")
    market = whole.market[whole.market["date"] <= day].reset_index(drop=True)
    macro = whole.macro[whole.macro["release_datetime"] <= moment].reset_index(drop=True)
    pd.testing.assert_frame_equal(early.market, market, check_exact=True)
    pd.testing.assert_frame_equal(early.macro, macro, check_exact=True)
