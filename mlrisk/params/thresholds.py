"""What of the delivered data is a finding: the section ``quality`` of params.yaml, by group."""

from __future__ import annotations

from mlrisk.params.sections import Limit, Positive, Section, Share, Window


class Spans(Section):
    late_start: Limit


class Bars(Section):
    wick_scales: Positive
    wick_floor: Positive
    unchanged: Limit
    no_volume: Limit
    long: Window
    short: Window


class Moves(Section):
    jump_scales: Positive
    rebound_scales: Positive
    rebound_rest: Share
    long: Window
    short: Window


class Related(Section):
    pairs: dict[str, str]
    apart_scales: Positive
    rebound_rest: Share
    long: Window
    short: Window


class Implied(Section):
    least_ratio: Positive
    largest_ratio: Positive
    ratio_scales: Positive
    long: Window


class Distributions(Section):
    pays: list[str]
    rounding: Positive
    largest_yield: Share
    smallest_ratio: Positive
    largest_ratio: Positive
    window: Window


class Splits(Section):
    split_move: Positive
    split_match: Share


class Slope(Section):
    slope_tolerance: Positive


class Rhythm(Section):
    monthly_due_days: Limit
    daily_due_sessions: Limit
    daily_gap_weekdays: Limit


class Timing(Section):
    lag_days: Positive
    lag_window: Window


class Values(Section):
    signed: list[str]
    move_scales: Positive
    move_floor: Positive
    daily_window: Window
    monthly_window: Window


class Quality(Section):
    """Thresholds by group, as ``monitoring.quality.audit`` takes them."""

    spans: Spans
    bars: Bars
    moves: Moves
    related: Related
    implied: Implied
    distributions: Distributions
    splits: Splits
    slope: Slope
    rhythm: Rhythm
    timing: Timing
    values: Values
