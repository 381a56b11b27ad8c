"""Kinds, reference periods and tags."""

from __future__ import annotations

import pandas as pd
import pytest

from mlrisk.documents.parse.kinds import asset_tags, doc_type, event_date

FED = "https://www.federalreserve.gov"


@pytest.mark.parametrize(
    ("lines", "url", "kind"),
    [
        ([], f"{FED}/monetarypolicy/fomcminutes20240131.htm", "minutes"),
        ([], f"{FED}/newsevents/pressreleases/monetary20200315a.htm", "statement"),
        ([], f"{FED}/boarddocs/speeches/1996/19960613.htm", "speech"),
        ([], "https://www.bls.gov/news.release/archives/cpi_09142012.htm", "cpi"),
        ([], "https://www.bls.gov/news.release/empsit.nr0.htm", "employment_situation"),
        ([], "https://www.bea.gov/news/2024/gross-domestic-product-fourth-quarter-2023", "gdp"),
        (["Minutes of the Federal Open Market Committee"], "", "minutes"),
        (["Federal Reserve issues FOMC statement"], "", "statement"),
        (["Statement on Longer-Run Goals and Monetary Policy Strategy"], "", "longer_run_goals"),
        (["A title", "Speech"], "", "speech"),
        (["THE EMPLOYMENT SITUATION -- MARCH 2023"], "", "employment_situation"),
        (["Personal Income and Outlays, December 2023"], "", "personal_income"),
        (["Acme: Q3 earnings call"], "", "transcript"),
        (["A cake recipe"], "", "other"),
    ],
)
def test_kinds(lines: list[str], url: str, kind: str) -> None:
    assert doc_type(lines, url) == kind


@pytest.mark.parametrize(
    ("kind", "title", "day", "event"),
    [
        ("cpi", "Consumer Price Index - August 2012", "2012-09-14", "2012-08-01"),
        (
            "employment_situation",
            "THE EMPLOYMENT SITUATION -- MARCH 2023",
            "2023-04-07",
            "2023-03-01",
        ),
        ("gdp", "Gross Domestic Product, Fourth Quarter and Year 2023", "2024-01-25", "2023-10-01"),
        ("gdp", "GDP, 1st Quarter 2024 (Advance Estimate)", "2024-04-25", "2024-01-01"),
        ("minutes", "Minutes, January 30-31, 2024", "2024-02-21", "2024-01-31"),
        ("statement", "FOMC statement", "2020-03-15", "2020-03-15"),
    ],
)
def test_what_a_document_is_about(kind: str, title: str, day: str, event: str) -> None:
    assert event_date(kind, title, [], pd.Timestamp(day)) == pd.Timestamp(event)


def test_a_month_that_is_not_over_is_none() -> None:
    lines = ["Embargoed until April 2023", "for March 2023"]
    assert event_date("cpi", "", lines, pd.Timestamp("2023-04-12")) == pd.Timestamp("2023-03-01")
    assert event_date("other", "", lines, pd.Timestamp("2023-04-12")) is None


def test_tags_are_whole_words_said_twice() -> None:
    text = "Crude oil fell. Oil rose. Important parents saw gold once; inflation and inflation."
    assert asset_tags(text) == ["inflation", "oil"]
