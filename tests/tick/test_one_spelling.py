"""What miners call their algorithms becomes one word of ours before anything goes by it; theirs stands in one place."""

import json
from datetime import UTC, datetime

import pytest

from exporters.prometheus import Renderer
from miner_agent import drivers
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.tables.spellings import load_algorithms
from miner_agent.tick.memory import Memory
from miner_agent.tick.pipeline import MinerSource, Pipeline
from miner_agent.transport.polls import Answer, Endpoint
from tests.captured import own

ALGORITHMS = load_algorithms()
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def looked(raw: dict[str, bytes], *, driver: str, memory: Memory | None = None) -> RigSnapshot:
    endpoint = Endpoint(scheme="http", host="127.0.0.1", port=1)
    pipeline = Pipeline(
        rig="left",
        miners=[MinerSource(name="m", driver=drivers.load(driver), endpoint=endpoint)],
        fetcher=None,  # type: ignore[arg-type]  # it is handed answers
        host=None,
        sensors=None,
        trackers={},
        deadline_seconds=1.0,
        monotonic=lambda: 0.0,
        memory=memory,
        algorithms=ALGORITHMS,
    )
    return pipeline.take([Answer(source="m", raw=raw, error=None, duration_seconds=0.1)], NOW)


def xmrig_says(word: str, *, hashes_per_second: float = 5000.0, accepted: int = 7) -> dict[str, bytes]:
    """An answer of xmrig, invented."""
    summary = {
        "version": "6.21.0",
        "algo": word,
        "uptime": 600,
        "hashrate": {"total": [hashes_per_second, None, None]},
        "results": {"shares_good": accepted, "shares_total": accepted},
        "connection": {"pool": "pool.example:3333", "uptime": 500, "accepted": accepted, "rejected": 0},
    }
    return {"summary": json.dumps(summary).encode()}


def page_of(snapshot: RigSnapshot) -> list[str]:
    return Renderer(process=False).render(snapshot).text.decode().splitlines()


def test_metrics_carry_our_word_and_the_miners_in_info_alone() -> None:
    page = page_of(looked(xmrig_says("rx/0"), driver="xmrig"))

    named = [line for line in page if 'algorithm="' in line]
    assert len(named) > 3
    assert all('algorithm="randomx"' in line for line in named)
    assert [line for line in page if "rx/0" in line] == [line for line in page if line.startswith("rig_miner_info{")]
    (info,) = (line for line in page if line.startswith("rig_miner_info{"))
    assert 'algorithm="randomx"' in info
    assert 'algorithm_told="rx/0"' in info


def test_every_drivers_word_becomes_ours() -> None:
    for name in drivers.names():
        for raw in own(name):
            if drivers.load(name).kind != "miner" or name == "json":
                continue
            for entry in looked(raw, driver=name).inventory.workloads:
                told = entry.workload.algorithm_told
                assert entry.algorithm == (ALGORITHMS.spelled(told) if told else "unknown"), name
                assert told is None or entry.workload.algorithm == entry.algorithm, name


def test_counters_go_on_under_another_word_for_the_same() -> None:
    memory, shown = Memory(), []
    for number in range(12):
        word = "rx/0" if number < 6 else "RandomX"
        snapshot = looked(xmrig_says(word, accepted=100 + number), driver="xmrig", memory=memory)
        shown += [
            float(line.rpartition(" ")[2])
            for line in page_of(snapshot)
            if line.startswith("rig_miner_shares_accepted_total{") and 'algorithm="randomx"' in line
        ]
    gained = sum(gain.shares or 0 for gain in memory.counters.gains.values())

    assert shown == [100 + number for number in range(12)]
    assert gained == 1  # in the last tick, as in every other


def test_a_word_that_nobody_knows_is_shown_in_lower_case() -> None:
    (entry,) = looked(xmrig_says("Brand-New/7"), driver="xmrig").inventory.workloads

    assert (entry.algorithm, entry.workload.algorithm_told) == ("brand-new/7", "Brand-New/7")


@pytest.mark.thorough
def test_a_miner_that_makes_up_words_fills_nothing() -> None:
    memory = Memory()
    shown, told = set(), set()
    for number in range(400):
        for word in (f"made-up-{number}", "R" + "-" * (number % 60) + f"X{'/' * (number // 60)}0"):
            for entry in looked(xmrig_says(word), driver="xmrig", memory=memory).inventory.workloads:
                shown.add(entry.algorithm)
                told.add(entry.workload.algorithm_told)

    assert len(shown) <= 256
    assert len(told) <= 257


def test_a_rate_that_no_device_can_make_is_dropped_whatever_it_is_called() -> None:
    def rate(word: str) -> float | None:
        (entry,) = looked(xmrig_says(word, hashes_per_second=1.2e15), driver="xmrig").inventory.workloads
        return entry.workload.hashes_per_second

    assert rate("rx/0") is None
    assert rate("monero") is None
    assert rate("never heard of") is not None
