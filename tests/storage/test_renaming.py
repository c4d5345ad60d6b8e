"""A log of earlier versions, in which algorithms stand as miners call them, goes on under our words."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from miner_agent.model.algorithms import Algorithms
from miner_agent.model.devices import DeviceWork
from miner_agent.model.snapshot import DeviceContribution, RigSnapshot
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.storage.telemetry.log_answers import WorkStats
from tests.log_ticks import START, ask, integrity, miner_work, tick
from tests.storage.kept_log import exactly

ALGORITHMS = Algorithms({"rx0": "randomx", "randomx": "randomx", "etchash": "etchash"})
END = START + timedelta(hours=3)


def mined(seconds: float, words: Sequence[str], *, accepted: int, hashes_per_second: float = 100.0) -> RigSnapshot:
    """One tick of a miner with one card, whose algorithm goes by each of these words."""
    work = DeviceWork(device_index=0, hashes_per_second=hashes_per_second)
    return tick(
        seconds,
        works=[
            miner_work("m", word, accepted_shares_total=accepted, hashes_per_second=hashes_per_second) for word in words
        ],
        contributions=[DeviceContribution(miner="m", device="m/0", algorithm=word, work=work) for word in words],
    )


def logged(path: Path, ticks: Sequence[RigSnapshot]) -> None:
    with closing(TelemetryLog.open(path, now=START)) as log:
        for one in ticks:
            log.append(one)


def names(path: Path) -> list[tuple[str, str | None]]:
    return sorted(ask(path, "SELECT algorithm, device FROM workloads"), key=str)


def works(path: Path) -> tuple[WorkStats, ...]:
    with closing(TelemetryLog.open(path, now=START, algorithms=ALGORITHMS)) as log:
        return log.stats(START, END)[0].works


def test_what_was_logged_under_another_word_stands_under_ours(path: Path) -> None:
    logged(path, [mined(10 * n, ["RX/0", "Etchash"], accepted=n) for n in range(400)])
    logged(path, [tick(4000, works=[miner_work("other", "Never_Heard", accepted_shares_total=1)])])
    with closing(TelemetryLog.open(path, now=START)) as log:
        before = log.stats(START, END)[0].works

    after = works(path)

    spelled = {"RX/0": "randomx", "Etchash": "etchash", "Never_Heard": "never_heard"}
    assert {work.algorithm for work in after} == set(spelled.values())
    assert sorted(map(str, after)) == sorted(
        str(work).replace(repr(work.algorithm), repr(spelled[work.algorithm])) for work in before
    )
    assert integrity(path) == "ok"


def test_shares_count_on_over_the_change(path: Path) -> None:
    logged(path, [mined(10 * n, ["rx/0"], accepted=100 + n) for n in range(50)])
    with closing(TelemetryLog.open(path, now=START, algorithms=ALGORITHMS)) as log:
        for n in range(50, 100):
            log.append(mined(10 * n, ["randomx"], accepted=100 + n))

    (work,) = works(path)
    assert (work.algorithm, work.accepted_shares) == ("randomx", 99)


@pytest.mark.thorough
@pytest.mark.parametrize("ours_first", [False, True])
def test_what_stands_under_both_words_is_added_up(path: Path, *, ours_first: bool) -> None:
    """Another program took over under its own word, in the middle of a bucket of every level."""
    words = ["randomx", "rx/0"] if ours_first else ["rx/0", "randomx"]
    rows = [
        mined(10 * n, [words[n > 450]], accepted=n, hashes_per_second=50.0 if n > 450 else 150.0) for n in range(1000)
    ]
    logged(path, rows)
    with closing(TelemetryLog.open(path, now=START)) as log:
        before = log.stats(START, END)[0].works
    (after,) = works(path)

    assert len(before) == 2
    assert after.algorithm == "randomx"
    assert after.accepted_shares == sum(work.accepted_shares or 0 for work in before)
    assert after.hashes_per_second_mean == exactly((451 * 150 + 549 * 50) / 1000)
    for level in ("raw", "1m", "15m", "1h"):
        assert ask(path, f"SELECT count(DISTINCT workload) FROM work_{level}") == [(2,)], level  # miner, and its card
    counted = ask(path, "SELECT sum(ticks), min(hashes_per_second_min), max(hashes_per_second_max) FROM work_15m")
    assert counted == [(2 * 1000, 50.0, 150.0)]  # of the miner, and of its card
    assert names(path) == [("randomx", "m/0"), ("randomx", None)]


def test_of_one_tick_under_both_words_ours_is_kept(path: Path) -> None:
    logged(path, [mined(10 * n, ["rx/0", "randomx"], accepted=n) for n in range(5)])
    works(path)

    assert ask(path, "SELECT count(*) FROM work_raw") == [(2 * 5,)]


def test_a_copy_is_made_before_and_only_where_something_changes(path: Path) -> None:
    logged(path, [mined(0, ["rx/0"], accepted=1)])
    works(path)
    (copy,) = (path.parent / "backup").glob("*.db")
    works(path)

    assert names(copy) == [("rx/0", "m/0"), ("rx/0", None)]
    assert list((path.parent / "backup").glob("*.db")) == [copy]


def test_a_rename_that_fails_leaves_the_log_as_it_was(path: Path) -> None:
    logged(path, [mined(10 * n, ["rx/0" if n < 5 else "randomx"], accepted=n) for n in range(10)])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TRIGGER broken BEFORE DELETE ON workloads BEGIN SELECT raise(ABORT, 'not today'); END"
        )
        connection.commit()
    before = names(path), ask(path, "SELECT workload, count(*) FROM work_raw GROUP BY workload")
    with pytest.raises(Exception, match="not today"):
        TelemetryLog.open(path, now=START, algorithms=ALGORITHMS)

    assert (names(path), ask(path, "SELECT workload, count(*) FROM work_raw GROUP BY workload")) == before


def test_other_rigs_and_miners_keep_their_rows_apart(path: Path) -> None:
    with closing(TelemetryLog.open(path, now=START)) as log:
        for n in range(5):
            log.append(
                tick(
                    10 * n, works=[miner_work(m, w, accepted_shares_total=n) for m, w in [("a", "rx/0"), ("b", "RX-0")]]
                )
            )

    assert sorted((work.miner, work.algorithm, work.accepted_shares) for work in works(path)) == [
        ("a", "randomx", 4),
        ("b", "randomx", 4),
    ]
