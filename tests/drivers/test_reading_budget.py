"""No answer is more than a bounded piece of work, whatever it lists and whatever a driver multiplies."""

import json
import sys
from contextlib import suppress

import pytest

from miner_agent import drivers
from miner_agent.errors import BadPayload, Excessive
from miner_agent.sources.driver import Driver
from miner_agent.sources.payload import Payloads
from miner_agent.sources.reading_budget import FARM_STEPS, STEPS, ReadingBudget
from tests.captured import own
from tests.excessive import excessive
from tests.for_each import for_each

CALLS_A_STEP = 16  # of Python and of what is written in C; 12 are the most that any driver makes
ROOM_FOR = 20  # times what the largest capture takes


def calls_of(driver: Driver, raw: dict[str, bytes]) -> tuple[int, bool]:
    """How many calls reading takes, which no other process makes more of, and whether anything was read."""
    calls = 0

    def count(_frame: object, event: str, _what: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        driver.read(Payloads(raw, driver.budget()))
    except (BadPayload, Excessive):
        return calls, False
    else:
        return calls, True
    finally:
        sys.setprofile(None)


def quadratic(name: str) -> dict[str, bytes]:
    """A few kilobytes of which the driver would make a million readings."""
    empty: list[dict[str, int]] = [{}] * 1000
    if name == "lolminer":
        return {
            "summary": json.dumps(
                {"Software": "lolMiner 1.9", "Session": {}, "Workers": empty, "Algorithms": empty}
            ).encode()
        }
    return {"status": json.dumps({"devices": empty, "algos": empty}).encode()}


@pytest.mark.parametrize("name", ["onezerominer", "lolminer"])
def test_a_product_of_two_lists_is_refused_before_it_is_made(name: str) -> None:
    driver, raw = drivers.load(name), quadratic(name)

    with pytest.raises(Excessive, match="more than 32768 steps"):
        driver.read(Payloads(raw, driver.budget()))

    calls, read = calls_of(driver, raw)
    assert not read
    assert calls <= CALLS_A_STEP * STEPS


@pytest.mark.thorough
@pytest.mark.parametrize("name", drivers.names())
def test_the_longest_lists_of_each_driver_are_a_bounded_piece_of_work(name: str) -> None:
    driver = drivers.load(name)
    most = CALLS_A_STEP * (FARM_STEPS if driver.of_farm else STEPS)
    found = [calls_of(driver, raw) for raw in excessive(driver)]

    assert found
    assert max(calls for calls, _ in found) <= most


@for_each("name", drivers.names())
def test_what_was_recorded_leaves_room_for_machines_that_are_many_times_larger(name: str) -> None:
    for raw in own(name):
        payloads = Payloads(raw)
        with suppress(BadPayload):  # what a configured one would find in it
            drivers.load(name).read(payloads)

        assert (STEPS - payloads.budget.steps_left) * ROOM_FOR < STEPS


def test_a_rig_of_64_cards_that_mines_two_coins_is_read() -> None:
    card = {"name": "RTX 3080", "vendor": "NVIDIA", "bus_id": 3, "temp": 61, "fan": 55, "power": 220}
    numbers = [101.5] * 64
    mined = {"name": "x", "total_hashrate": 6496.0, "hashrates": numbers, "devices_accepted_shares": [7] * 64}
    status = {"version": "1.2", "devices": [card] * 64, "algos": [mined, mined]}

    reading = drivers.load("onezerominer").read(Payloads({"status": json.dumps(status).encode()}))

    assert len(reading.devices) == 64  # type: ignore[union-attr]
    assert [len(workload.devices) for workload in reading.workloads] == [64, 64]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"[" + b"{}," * 40_000 + b"{}]", id="more objects than steps"),
        pytest.param(b'["' + b"x" * 16 * STEPS + b'"]', id="a text that takes them all"),
    ],
)
def test_json_that_is_too_much_is_refused_before_it_is_made(answer: bytes) -> None:
    with pytest.raises(Excessive):
        Payloads({"summary": answer}).json("summary")


def test_a_text_that_is_read_again_and_again_costs_each_time() -> None:
    place = Payloads({"summary": json.dumps({"name": "x" * 16_000}).encode()}, ReadingBudget(10_000)).json("summary")

    with pytest.raises(Excessive):
        [place.text("name") for _ in range(100)]


def test_keys_that_are_counted_again_and_again_cost_each_time() -> None:
    place = Payloads({"summary": json.dumps(dict.fromkeys(map(str, range(900)))).encode()}).json("summary")

    with pytest.raises(Excessive):
        [place.names() for _ in range(100)]
