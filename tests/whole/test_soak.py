"""What a month does to the agent, in compressed time. `make soak` runs the month, `make test` two days of it."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.thirty_days import CARDS

ROOT = Path(__file__).parents[2]
RAW_DAYS = 14
INTERVAL_SECONDS = 10
BYTES_A_ROW = {"device_raw": 60, "work_raw": 31, "ticks_raw": 26, "device_1m": 95, "work_1m": 46, "ticks_1m": 17}
"""The plan. A row of a rollup is as long as what its quantities need; rollups above the minute are 1/15 of that."""


def lived(folder: Path, days: int, *, interval_seconds: int, days_a_run: int) -> list[dict[str, float]]:
    numbers = map(str, (days, interval_seconds, days_a_run))
    done = subprocess.run(
        [sys.executable, "-m", "tests.thirty_days", str(folder), *numbers],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_rollups(folder: Path) -> None:
    """Every rollup of the time that raw rows cover says what the raw rows say."""
    with closing(sqlite3.connect(folder / "telemetry.db")) as log:
        for level, bucket_ms in (("1m", 60_000), ("15m", 900_000), ("1h", 3_600_000)):
            last = log.execute(f"SELECT max(taken_at) FROM device_{level}").fetchone()[0]
            first = (
                log.execute("SELECT min(taken_at) FROM device_raw").fetchone()[0] // 3_600_000 * 3_600_000 + 3_600_000
            )
            rolled = log.execute(
                f"SELECT sum(power_milliwatts_sum), sum(power_milliwatts_n), sum(energy_millijoules_sum), "
                f"max(core_temperature_decicelsius_max), sum(ticks) FROM device_{level} WHERE taken_at >= ? AND taken_at <= ?",
                (first, last),
            ).fetchone()
            raw = log.execute(
                "SELECT sum(power_milliwatts), count(power_milliwatts), sum(energy_millijoules), "
                "max(core_temperature_decicelsius), count(*) FROM device_raw WHERE taken_at >= ? AND taken_at < ?",
                (first, last + bucket_ms),
            ).fetchone()
            assert rolled == raw, level
            rates = [
                log.execute(
                    f"SELECT sum({column}), sum({gained}) FROM {table} WHERE taken_at >= ? AND taken_at < ?", span
                ).fetchone()
                for table, column, gained, span in (
                    (f"work_{level}", "hashes_per_second_sum", "accepted_shares_gained", (first, last + bucket_ms)),
                    ("work_raw", "hashes_per_second", "accepted_shares_gained", (first, last + bucket_ms)),
                )
            ]
            assert rates[0] == pytest.approx(rates[1], rel=1e-9), level


def planned_bytes(folder: Path) -> float:
    with closing(sqlite3.connect(folder / "telemetry.db")) as log:
        counted: dict[str, int] = {
            table: log.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for kind in ("device", "work", "ticks")
            for table in (f"{kind}_raw", f"{kind}_1m", f"{kind}_15m", f"{kind}_1h")
        }
    return sum(
        count * BYTES_A_ROW.get(table, BYTES_A_ROW[f"{table.partition('_')[0]}_1m"] * 1.1)
        for table, count in counted.items()
    )


@pytest.mark.lasting
@pytest.mark.e2e
def test_two_days_leave_threads_descriptors_and_sums_as_they_should_be(tmp_path: Path) -> None:
    days = lived(tmp_path, 2, interval_seconds=120, days_a_run=1)

    check_nothing_is_left(days)
    check_rollups(tmp_path)


def check_nothing_is_left(days: list[dict[str, float]]) -> None:
    assert len({day["threads"] for day in days}) == 1
    assert len({day["descriptors"] for day in days}) == 1


def check_size(folder: Path, size_bytes: float) -> None:
    planned = planned_bytes(folder)
    print(f"size {size_bytes}, planned {planned:.0f}")
    assert size_bytes == pytest.approx(planned, rel=0.1)


@pytest.mark.soak
def test_thirty_days_neither_grow_nor_drift(tmp_path: Path) -> None:
    days = lived(tmp_path, 30, interval_seconds=INTERVAL_SECONDS, days_a_run=30)

    check_nothing_is_left(days[:-1])
    warm = [day["rss_kibibytes"] for day in days[3:]]
    slope = (sum(warm[-5:]) - sum(warm[:5])) / 5 / (len(warm) - 5)
    print(f"RSS slope {slope:.0f} KiB a day")
    assert slope <= 1024, f"{slope:.0f} KiB a day"
    check_rollups(tmp_path)
    check_size(tmp_path, days[-1]["size_bytes"])
    with closing(sqlite3.connect(tmp_path / "telemetry.db")) as log:
        raw_ticks = log.execute("SELECT count(*) FROM ticks_raw").fetchone()[0]
        assert raw_ticks <= (RAW_DAYS + 1) * 86_400 // INTERVAL_SECONDS + 1  # both ends
        assert log.execute("SELECT count(*) FROM device_1m").fetchone()[0] >= 29 * 1440 * CARDS
        assert log.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


@pytest.mark.soak
def test_sixty_days_of_daily_restarts_keep_what_is_planned(tmp_path: Path) -> None:
    days = lived(tmp_path, 60, interval_seconds=3 * INTERVAL_SECONDS, days_a_run=1)  # what is kept goes by days

    check_nothing_is_left(days)
    kept = [day["raw_days"] for day in days[RAW_DAYS + 2 :]]
    print(f"raw rows of {min(kept):.2f} to {max(kept):.2f} days")
    assert min(kept) >= RAW_DAYS - 1e-3
    assert max(kept) <= RAW_DAYS + 1
    check_rollups(tmp_path)
    assert days[-1]["size_bytes"] <= 1.1 * planned_bytes(tmp_path)
