"""Answers about hours, of what is to come and of what was, in every form that they are asked for in."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from miner_agent.cli.support.history_input import read_history, refusal, tell_left_out
from miner_agent.cli.support.hours_tables import drawing, past_drawing, show_hours, show_past
from miner_agent.cli.support.profit_inputs import best_of, check_tickers, ranked
from miner_agent.profit.hours_document import csv_rows, document, hours_rows, past_document
from miner_agent.profit.past_hours import past_hours
from miner_agent.profit.planned_hours import Stops
from miner_agent.profit.ranking_question import Question
from miner_agent.profit.rewards_ahead import rewards_ahead
from miner_agent.profit.running_hours import hours_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """One answer. Each form is made when it is asked for."""

    document: Callable[[], dict[str, Any]]
    rows: Callable[[], Iterable[tuple[Any, ...]]]
    show: Callable[[], None]
    drawing: Callable[[], str]


def ahead(asked: Question, stops: Stops, *, days: int, place: ZoneInfo, heights: Mapping[str, int]) -> Forms:
    """When to run from now on.

    Raises:
        SourceError: no coin has data to rank it by, or every one is refused.
        click.UsageError: the tariff knows too little.
    """
    ranking = ranked(asked)
    best_of(ranking)
    check_tickers(heights, {*asked.coins, *(quote.coin for quote in asked.market.quotes)}, option="--height")
    rewards = None
    if days > 1:
        chains = [chain for found in ranking.ranked for chain in found.chains]
        quotes = asked.market.quotes
        rewards = rewards_ahead(chains, coins=asked.coins, quotes=quotes, now=asked.now, days=days, said=heights)
        ranking = replace(ranking, notes=(*ranking.notes, *rewards.notes))
    try:
        found = hours_of(ranking, stops=stops, days=days, rewards=rewards)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return Forms(
        document=lambda: document(found),
        rows=lambda: hours_rows(found),
        show=lambda: show_hours(found, place),
        drawing=lambda: drawing(found, place),
    )


def behind(
    asked: Question, stops: Stops, *, history_file: Path, difficulty_source: str, config_path: Path | None
) -> Forms:
    """When it would have been best to run.

    Raises:
        SourceError: the history cannot be read, or no coin of it can be gone through.
    """
    history = read_history(history_file, asked, config_path).history
    try:
        found = past_hours(asked, history, stops=stops, difficulty_source=difficulty_source)
    except ValueError as error:
        raise refusal(history_file, str(error)) from None
    tell_left_out(found.problems)
    best, rig = found.runs[0], asked.rig.name
    return Forms(
        document=lambda: past_document(found, rig),
        rows=lambda: csv_rows(rig, "+".join(best.chains), best.margins, best.plan),
        show=lambda: show_past(found, asked),
        drawing=lambda: past_drawing(found),
    )
