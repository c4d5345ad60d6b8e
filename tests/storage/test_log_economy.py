"""Markets and advice in the log: what goes in comes out as a history that the calculators read."""

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from calculators.horizon.history import History, parse_history
from calculators.money import Money
from miner_agent.cli.first_level import cli
from miner_agent.model.finances import Candidate, DecisionNote, Economy, MarketNote
from miner_agent.storage.sqlite.kinds import TELEMETRY
from miner_agent.storage.sqlite.migrate import MIGRATIONS, upgrade
from miner_agent.storage.telemetry.log import TelemetryLog
from tests.log_ticks import START, ask_one, tick

DAY = timedelta(days=1)
YEAR = timedelta(days=366)


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


NOTE = MarketNote(
    coin="ETC",
    source="whattomine",
    price=eur("8.123456789012345678"),
    difficulty=1.94e15,
    coins_per_hash_per_second_per_day=7.3e-11,
    block_reward_coins=1.6384,
    price_per_kilowatt_hour=eur("0.1626"),
)
BEST = Candidate(
    part="rtx3080", coin="RVN", algorithm="kawpow", revenue_per_day=eur("3"), profit_per_day=eur("1E-7"), selected=False
)
DECISION = DecisionNote(
    decided_at=START,
    part="cards",
    before="ETC",
    after="ETC",
    wanted="RVN",
    reason="hysteresis",
    refused=True,
    sentence="RVN is better than ETC by 0.01 EUR",
    inputs=(BEST,),
)


def append(log: TelemetryLog, after: timedelta, *notes: MarketNote, **others: Any) -> None:
    economy = Economy(computed_at=START + after, market_notes=notes, **others)
    log.append(replace(tick(after.total_seconds()), economy=economy))


def test_no_digit_of_a_price_is_lost_and_each_day_has_its_last_word(log: TelemetryLog) -> None:
    append(log, timedelta(hours=1), replace(NOTE, price=eur("1"), price_per_kilowatt_hour=eur("0.10")))
    append(log, timedelta(hours=23), replace(NOTE, price_per_kilowatt_hour=eur("0.20")))
    append(log, DAY, replace(NOTE, price=eur("9")))

    first, second = log.market(START, START + YEAR).days

    assert (first.day, first.price) == (date(2026, 1, 1), NOTE.price)
    assert first.price_per_kilowatt_hour == eur("0.15")  # the mean of the day
    assert (second.day, second.price, second.difficulty) == (date(2026, 1, 2), eur("9"), 1.94e15)


def test_a_coins_days_are_of_one_source_whichever_spoke_last(log: TelemetryLog) -> None:
    """Two sources whose units of difficulty are 2**32 apart take turns: the one that told most days is believed."""
    other = replace(NOTE, source="hashrate_no", difficulty=NOTE.difficulty * 2**32, price_per_kilowatt_hour=eur("0.30"))  # type: ignore[operator]
    for day, notes in enumerate([NOTE, other, NOTE, NOTE, other, NOTE]):
        append(log, day * DAY, notes)
    append(log, 2 * DAY + timedelta(hours=5), other)
    append(log, timedelta(hours=3), replace(other, coin="RVN"))
    found = log.market(START, START + YEAR)

    of_etc = [row for row in found.days if row.coin == "ETC"]
    assert [(row.day.day, row.difficulty) for row in of_etc] == [(day, NOTE.difficulty) for day in (1, 3, 4, 6)]
    assert [row.coin for row in found.days if row.coin != "ETC"] == ["RVN"]
    assert found.left_out == {"ETC": {"hashrate_no": 3}}
    assert History(found.days, currency="EUR").of("ETC")
    prices = log.energy_prices(START, START + YEAR)
    assert len(prices) == 6
    assert prices[date(2026, 1, 2)] == eur("0.30")


def test_the_days_make_a_history_even_where_sources_told_different_things(log: TelemetryLog) -> None:
    other = replace(NOTE, coin="RVN", difficulty=None)
    append(log, timedelta(hours=1), NOTE, replace(other, difficulty=7e4))
    append(log, DAY, NOTE, other)
    append(log, 2 * DAY, replace(NOTE, coin="BARE", coins_per_hash_per_second_per_day=None))
    append(log, 3 * DAY, replace(NOTE, coin="BARE", difficulty=None))

    history = History(log.market(START, START + YEAR).days, currency="EUR")

    assert history.coins == ("ETC", "RVN")  # of BARE no figure is told on both days
    assert [row.difficulty for row in history.of("RVN")] == [None, None]
    assert [row.coins_per_hash_per_second_per_day for row in history.of("RVN")] == [7.3e-11, 7.3e-11]


def test_after_a_change_of_currency_the_history_is_in_the_new_one(log: TelemetryLog) -> None:
    append(log, timedelta(0), NOTE)
    append(log, DAY, replace(NOTE, price=Money(Decimal(9), "USD")))

    (row,) = log.market(START, START + YEAR).days

    assert row.price == Money(Decimal(9), "USD")
    assert row.price_per_kilowatt_hour is None  # it was told in another currency


def test_a_decision_keeps_its_inputs(log: TelemetryLog) -> None:
    append(log, timedelta(0), decisions=(DECISION,))

    (found,) = log.decisions(START, START + DAY)

    assert (found.rig, found.part, found.before, found.wanted) == ("left", "cards", "ETC", "RVN")
    assert found.refused
    assert found.inputs == (
        {
            "coin": "RVN",
            "algorithm": "kawpow",
            "revenue_per_day": "3 EUR",
            "profit_per_day": "0.0000001 EUR",
        },
    )
    assert log.decisions(START + DAY, START + YEAR) == ()


def test_the_same_moment_twice_costs_nothing(log: TelemetryLog, path: Path) -> None:
    append(log, timedelta(0), NOTE, decisions=(DECISION,))
    append(log, timedelta(0), NOTE, decisions=(DECISION,))

    assert ask_one(path, "SELECT count(*) FROM market") == 1
    assert ask_one(path, "SELECT count(*) FROM decisions") == 1


def test_advice_that_is_given_again_after_a_restart_is_no_change(log: TelemetryLog) -> None:
    """By what it says: figures differ each time. Idling is advice too, and has no coin."""
    better, idle = replace(DECISION, sentence="by 0.02 EUR", inputs=()), replace(DECISION, after=None, wanted=None)
    given = [
        DECISION,
        better,
        replace(better, part="cpu"),
        idle,
        replace(idle, inputs=()),
        replace(idle, refused=False),
    ]
    given += [better, replace(better, reason="hold"), DECISION]
    for hours, decision in enumerate(given):
        append(log, timedelta(hours=hours), decisions=(replace(decision, decided_at=START + timedelta(hours=hours)),))

    logged = [int((one.decided_at - START) / timedelta(hours=1)) for one in log.decisions(START, START + DAY)]

    assert logged == [0, 2, 3, 5, 6, 7, 8]


def test_advice_to_one_rig_is_none_to_another(log: TelemetryLog) -> None:
    for hours, rig in enumerate(("left", "right", "right", "left")):
        decision = replace(DECISION, decided_at=START + timedelta(hours=hours))
        economy = Economy(computed_at=START, decisions=(decision,))
        log.append(replace(tick(hours * 3600.0), rig=rig, economy=economy))

    assert [one.rig for one in log.decisions(START, START + DAY)] == ["left", "right"]


def test_what_is_older_than_400_days_goes(log: TelemetryLog, path: Path) -> None:
    for days in range(5):
        decision = replace(DECISION, decided_at=START + days * DAY, wanted=("RVN", "ERG")[days % 2])
        append(log, days * DAY, NOTE, decisions=(decision,))
    now: datetime = START + 402 * DAY

    assert log.prune(now, plausible_since=None) == 0
    log.prune(now, plausible_since=START)

    assert ask_one(path, "SELECT count(*) FROM market") == 3
    assert ask_one(path, "SELECT count(*) FROM decisions") == 3


def test_a_log_of_the_first_schema_is_brought_up_and_keeps_its_ticks(tmp_path: Path) -> None:
    path, versions = tmp_path / "telemetry.db", tmp_path / "versions"
    versions.mkdir()
    shutil.copy(MIGRATIONS / "telemetry_versions" / "t0001_base.py", versions)
    upgrade(replace(TELEMETRY, schema_version=1), path, now=START, versions=versions)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO ticks_raw (taken_at) VALUES (7)")
    upgrade(TELEMETRY, path, now=START)

    log = TelemetryLog.open(path, now=START)
    append(log, timedelta(0), NOTE)
    log.close()

    assert ask_one(path, "SELECT min(taken_at) FROM ticks_raw") == 7
    assert ask_one(path, "SELECT count(*) FROM market") == 1
    assert list((tmp_path / "backup").iterdir())


def test_the_command_writes_a_history_that_the_calculators_read(log: TelemetryLog, path: Path) -> None:
    append(log, timedelta(0), NOTE, replace(NOTE, coin="RVN"), decisions=(DECISION,))
    append(log, DAY, replace(NOTE, price=eur("1").converted(rate=Decimal(1) / 3, currency="EUR")))
    (path.parent / "config.toml").write_text(f'[agent]\nstate_directory = "{path.parent}"\n')
    asked = ["--config", str(path.parent / "config.toml"), "--since", START.isoformat()]

    history = CliRunner().invoke(cli, ["log", "market", *asked], catch_exceptions=False)
    told = CliRunner().invoke(cli, ["log", "decisions", *asked], catch_exceptions=False)
    whole = CliRunner().invoke(cli, ["log", "decisions", *asked, "--json"], catch_exceptions=False)

    reading = parse_history(history.stdout, currency="EUR")
    assert reading.problems == ()
    assert reading.history.coins == ("ETC", "RVN")
    assert reading.history.of("ETC")[0].price == NOTE.price
    assert told.output == "2026-01-01 00:00  cards: hysteresis: RVN is better than ETC by 0.01 EUR\n"
    profit = json.loads(whole.output)[0]["inputs"][0]["profit_per_day"]
    assert (Decimal(profit["amount"]), profit["currency"]) == (Decimal("0.0000001"), "EUR")
