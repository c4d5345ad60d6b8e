"""Eight days in a row: long times are answered from them, to the last digit as from what they are made of."""

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from miner_agent.model.algorithms import Algorithms
from miner_agent.model.devices import DeviceWork
from miner_agent.model.snapshot import DeviceContribution, RigSnapshot
from miner_agent.storage.sqlite.kinds import TELEMETRY
from miner_agent.storage.sqlite.migrate import upgrade
from miner_agent.storage.telemetry import pieces, schema
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.storage.telemetry.rows import milliseconds
from miner_agent.storage.telemetry.schema import EIGHT_DAYS, HOUR_MS
from tests import databases
from tests.for_each import for_each
from tests.log_ticks import RIG, START, ask, ask_one, device, miner_work, tick
from tests.storage.kept_log import HOUR, reopened

DAY = timedelta(days=1)
FIRST = START + 2 * DAY  # eight days begin there
GAPS_SECONDS = (1200,) * 60 + (5400,) * 120 + (7000, 40_000, 200_000, -500, -5000, -50_000, -700_000)
TABLES = [table.name for table in EIGHT_DAYS.tables]


def a_tick(seconds: int, chance: random.Random, number: int) -> RigSnapshot:
    """Of parts that come and go, and of miners whose rates no rounding holds."""
    cards = [
        device(f"GPU-{card}", power_watts=chance.choice((None, 100.0 + number / 7)), core_temperature_celsius=60.0)
        for card in range(3)
        if chance.random() < 0.9
    ]
    works = [
        miner_work(
            miner,
            algorithm,
            hashes_per_second=chance.choice((None, *(chance.random() * 10**power for power in (3, 8, 8, 15)))),
            accepted_shares_total=chance.choice((None, number)),
        )
        for miner, algorithm in (("m", "kawpow"), ("n", "ethash"), ("n", "randomx"))
        if chance.random() < 0.8
    ]
    contributions = [
        DeviceContribution(
            miner="m", device=card.label, algorithm="kawpow", work=DeviceWork(device_index=0, hashes_per_second=1e6 / 3)
        )
        for card in cards
    ]
    energy = {card.label: chance.choice((None, 12.3456 * number)) for card in cards}
    return tick(seconds, cards, works, contributions, energy_joules=energy, interval_seconds=1200)


def filled(path: Path, chance: random.Random, *, other_rig: bool) -> datetime:
    """Weeks with gaps, steps of the clock both ways, restarts and old rows that were deleted; until when."""
    log, seconds, latest = TelemetryLog.open(path, now=START), 0, 0
    for number in range(900):
        one = a_tick(seconds, chance, number)
        log.append(one)
        if other_rig and chance.random() < 0.5:
            log.append_rigs([replace(a_tick(seconds, chance, number), rig="right")])
        latest = max(latest, seconds)
        seconds = max(seconds + chance.choice(GAPS_SECONDS), 0)
        if chance.random() < 0.01:
            log = reopened(log, path)
            log.prune(START + timedelta(seconds=latest), plausible_since=START - 2 * DAY)
    log.close()
    return START + timedelta(seconds=latest)


def answers(path: Path, spans: Sequence[tuple[datetime, datetime]], rigs: Sequence[str | None]) -> Iterator[object]:
    with closing(TelemetryLog.open_read_only(path)) as log:
        for start, end in spans:
            for rig in rigs:
                yield log.held(start, end, rig=rig)
                for zone in ("UTC", "Asia/Kathmandu", "America/St_Johns"):
                    yield [log.stats(start, end, by, zone=ZoneInfo(zone), rig=rig) for by in ("total", "month")]
            yield log.show(start, end, "GPU-1", 8 * DAY, rig=RIG)
            for quantity in ("power_watts", "hashes_per_second"):
                yield log.chart(start, end, quantity, rig=RIG, points=5)


@for_each("seed", range(4))
def test_answers_are_the_same_with_them_and_without(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance, path = random.Random(seed), databases.empty_log(tmp_path)
    until = filled(path, chance, other_rig=seed % 3 == 2)
    moments = [FIRST, START + 10.5 * DAY, FIRST + 8 * DAY, until, until + DAY]
    moments += [START + chance.random() * (until - START) for _ in range(5)]
    spans = [(start, end) for start in moments for end in moments if end - start > 5 * DAY]
    rigs = (None, RIG, "right")
    found = list(answers(path, spans, rigs))
    with monkeypatch.context() as patched:
        patched.setattr(pieces, "LEVELS", schema.LEVELS[:-1])
        expected = list(answers(path, spans, rigs))

    assert ask_one(path, "SELECT count(*) FROM ticks_8d") >= 3
    assert ask_one(path, "SELECT count(*) FROM rates_8d") > 500
    assert found == expected


def test_one_that_lasts_is_read_from_them_alone(tmp_path: Path) -> None:
    path = databases.empty_log(tmp_path)
    with closing(TelemetryLog.open(path, now=START)) as log:
        for hour in range(41 * 24):
            work = miner_work("m", "kawpow", hashes_per_second=1e6 / 3, accepted_shares_total=hour)
            log.append(tick(3600 * hour, [device("GPU-a")], [work], energy_joules={"GPU-a": 1.0}))
        (before,), held = log.stats(FIRST, FIRST + 32 * DAY), log.held(FIRST, FIRST + 32 * DAY)
    within = f"taken_at BETWEEN {milliseconds(FIRST)} AND {milliseconds(FIRST + 32 * DAY) - 1}"
    for resolution in ("1m", "15m", "1h", "6h", "23h"):
        for table in ("ticks", "device", *(["work"] if resolution in {"1m", "15m", "1h"} else [])):
            ask(path, f"DELETE FROM {table}_{resolution} WHERE {within} RETURNING 1")
    with closing(TelemetryLog.open_read_only(path)) as log:
        (after,), held_after = log.stats(FIRST, FIRST + 32 * DAY), log.held(FIRST, FIRST + 32 * DAY)

    assert before == after
    assert held == held_after
    assert (held.whole, held.hours_held) == (True, 32 * 24)
    assert before.devices[0].energy_joules == before.works[0].accepted_shares == 32 * 24
    assert ask(path, "SELECT count(*) FROM device_8d WHERE ticks = 192") == [(4,)]


def test_an_hour_that_is_missing_and_comes_late_is_in_them(tmp_path: Path) -> None:
    path, missing = databases.empty_log(tmp_path), 3 * 24 + 5
    with closing(TelemetryLog.open(path, now=START)) as log:
        for hour in range(15 * 24):
            if hour != missing:
                log.append(tick(3600 * hour, [device("GPU-a")]))
        before = log.held(START, START + 14 * DAY)
        counted = [ask(path, "SELECT held_hours, ticks FROM ticks_8d")]
        for seconds in (0, 60):  # the clock is set back
            log.append(tick(3600 * missing + seconds, [device("GPU-a")]))
        after = log.held(START, START + 14 * DAY)
        counted.append(ask(path, "SELECT held_hours, ticks FROM ticks_8d"))

    gap = START + missing * HOUR
    assert before.spans == ((START, gap), (gap + HOUR, START + 14 * DAY))
    assert (before.hours_held, after.hours_held) == (14 * 24 - 1, 14 * 24)
    assert counted == [[(48, 48), (191, 191)], [(48, 48), (192, 192), (120, 120)]]


def test_a_log_from_before_them_is_added_up_as_it_would_have_been(tmp_path: Path) -> None:
    path = databases.empty_log(tmp_path)
    until = filled(path, random.Random(1), other_rig=False)
    reopened(TelemetryLog.open(path, now=START), path).close()  # mends what is open
    known = {table: ask(path, f"SELECT * FROM {table}") for table in TABLES}
    with closing(sqlite3.connect(path)) as connection, connection:
        for step in (*(f"DROP TABLE {table}" for table in TABLES), "PRAGMA user_version = 7"):
            connection.execute(step)
        connection.execute("UPDATE alembic_version SET version_num = '0007'")
    upgrade(TELEMETRY, path, now=START)

    assert until > START + 24 * DAY
    assert all(known.values())
    assert {table: ask(path, f"SELECT * FROM {table}") for table in TABLES} == known


def test_rates_of_another_word_for_an_algorithm_are_added_hour_by_hour(tmp_path: Path) -> None:
    path = databases.empty_log(tmp_path)
    words = ("rx/0", "randomx")
    with closing(TelemetryLog.open(path, now=START)) as log:
        for half in range(2 * 24 * 20):
            work = miner_work("m", words[half % 3 == 0], hashes_per_second=1e6 / (3 + half), accepted_shares_total=half)
            log.append(tick(1800 * half, works=[work]))
    TelemetryLog.open(path, now=START, algorithms=Algorithms({"rx0": "randomx", "randomx": "randomx"})).close()
    hours = f"taken_at - (taken_at - {milliseconds(FIRST)} % {8 * 24 * HOUR_MS}) % {8 * 24 * HOUR_MS} AS block"
    of_hours = ask(
        path,
        f"SELECT {hours}, workload, (taken_at - {milliseconds(FIRST)}) / {HOUR_MS} % 192, hashes_per_second_sum"
        f" FROM work_1h WHERE taken_at >= {milliseconds(FIRST)} ORDER BY taken_at",
    )
    found = ask(path, f"SELECT * FROM rates_8d WHERE taken_at >= {milliseconds(FIRST)}")
    shares = ask(
        path,
        "SELECT sum(accepted_shares_gained) FROM work_1h UNION ALL SELECT sum(accepted_shares_gained) FROM miners_8d",
    )

    assert found == of_hours[: len(found)]
    assert len(found) > 300
    assert shares[0] == shares[1]
