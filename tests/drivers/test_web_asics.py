"""ASICs that are known from what others read of them: units by model, rates that are noise, shares that are none."""

import json
from typing import Any

import pytest

from miner_agent import drivers
from miner_agent.errors import BadPayload
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.sources.payload import Payloads
from tests.captured import own
from tests.for_each import for_each


def raw(name: str, position: int = 0) -> dict[str, Any]:
    """The answers of one of the captures, as what they hold."""
    return {asked: json.loads(answer) for asked, answer in list(own(name))[position].items()}


def read(name: str, answers: dict[str, Any]) -> tuple[MinerSnapshot, Payloads]:
    payloads = Payloads({asked: json.dumps(answer).encode() for asked, answer in answers.items()})
    reading = drivers.load(name).read(payloads)
    assert isinstance(reading, MinerSnapshot)
    return reading, payloads


def work(name: str, answers: dict[str, Any]) -> Workload:
    return read(name, answers)[0].workloads[0]


@for_each(
    ("told", "hashes"),
    [
        ("36.71G", 36.71e9),
        ("15T", 15e12),
        (" 800M ", 800e6),
        ("1.2P", 1.2e15),
        ("36.71", None),
        (36.71, None),
        ("NaNG", None),
        ("1,234G", None),
    ],
)
def test_a_hashrate_of_an_iceriver_is_what_its_own_text_says(told: object, hashes: float | None) -> None:
    answers = raw("iceriver")
    answers["panel"]["data"] |= {"rtpow": told, "unit": "T"}
    reading, payloads = read("iceriver", answers)
    found = reading.workloads[0].hashes_per_second
    assert found is None if hashes is None else found == pytest.approx(hashes)
    assert (len(list(payloads.defects)) > 0) == (hashes is None)


@for_each(
    ("model", "program", "product", "algorithm"),
    [
        ("none", "ICM168_3_2_10_ks5L_miner", "IceRiver KS5L", "kheavyhash"),
        ("none", "5977449_ks3m_miner", "IceRiver KS3M", "kheavyhash"),
        ("none", "ICM168_04_02_1810_10306_miner", "IceRiver AL3", "blake3"),
        ("none", "ICM168_04_02_1810_99999_miner", None, None),
        ("none", "", None, None),
        ("KS0", "", "IceRiver KS0", "kheavyhash"),
        ("RX0", "", "IceRiver RX0", None),
    ],
)
def test_the_model_of_an_iceriver_stands_in_the_name_of_its_program(
    model: str, program: str, product: str | None, algorithm: str | None
) -> None:
    answers = raw("iceriver")
    answers["panel"]["data"] |= {"model": model, "softver1": program}
    reading, _ = read("iceriver", answers)
    assert (reading.product, reading.workloads[0].algorithm) == (product, algorithm)


def test_shares_of_an_iceriver_amount_to_what_it_shows() -> None:
    """What an owner of a KS5L published: 7225 shares of 140737.49 G in 28 h 29 min, at a mean of 10,789 GH/s."""
    answers = raw("iceriver")
    data = answers["panel"]["data"]
    data |= {"runtime": "01:04:29:02", "pools": [data["pools"][0] | {"accepted": 7225.0, "diff": "140737.49 G"}]}
    reading, _ = read("iceriver", answers)
    found = reading.workloads[0]
    assert found.accepted_shares_total is not None
    assert found.share_difficulty is not None
    assert found.hashes_per_difficulty is not None
    assert reading.uptime_seconds == 102_542
    proven = found.accepted_shares_total * found.share_difficulty * found.hashes_per_difficulty / 102_542
    assert proven == pytest.approx(10_789e9, rel=0.1)


def test_an_iceriver_that_wants_a_login_says_so() -> None:
    with pytest.raises(BadPayload, match="wants a login"):
        read("iceriver", {"panel": {"error": 1, "data": {}, "message": "login"}})


def test_the_five_seconds_of_an_elphapex_are_not_believed() -> None:
    answers = raw("elphapex", 1)
    stats = answers["stats"]["STATS"][0]
    assert stats["elapsed"] > 900
    stats["rate_5s"] = 78_980.57
    assert work("elphapex", answers).hashes_per_second == 14_415e6
    stats["rate_15m"] = 0  # it has come to a stop, whatever the mean since its start is
    assert work("elphapex", answers).hashes_per_second == 0
    stats |= {"elapsed": 600, "rate_avg": 14_000}
    assert work("elphapex", answers).hashes_per_second == 14_000e6


@pytest.mark.parametrize(("unit", "hashes"), [("GH/s", 14_415e9), ("kH/s", 14_415e3), ("XH/s", None), (None, None)])
def test_a_rate_of_an_elphapex_has_the_unit_beside_it(unit: str | None, hashes: float | None) -> None:
    answers = raw("elphapex", 1)
    answers["stats"]["STATS"][0]["rate_unit"] = unit
    reading, payloads = read("elphapex", answers)
    assert reading.workloads[0].hashes_per_second == hashes
    assert len(reading.devices) == 4
    assert (len(list(payloads.defects)) > 0) == (hashes is None)


@pytest.mark.parametrize("told", ["519.15", 519.15, "519.15 Sol/s", "MH/s"])
def test_a_rate_of_a_jasminer_without_its_unit_is_not_read(told: object) -> None:
    answers = raw("jasminer")
    answers["status"]["summary"]["rt"] = told
    reading, payloads = read("jasminer", answers)
    assert reading.workloads[0].hashes_per_second is None
    assert len(reading.devices) == 3
    assert list(payloads.defects)


def test_the_shares_of_a_hammer_are_those_of_its_pools() -> None:
    found = drivers.load("hammer").read(Payloads(next(own("hammer"))))
    assert isinstance(found, MinerSnapshot)
    of_pools = found.workloads[0]
    assert (of_pools.accepted_shares_total, of_pools.rejected_shares_total) == (13_320, 153)  # never 41 and 41
    without = {asked: answer for asked, answer in next(own("hammer")).items() if asked != "pools"}
    alone = drivers.load("hammer").read(Payloads(without))
    assert isinstance(alone, MinerSnapshot)
    assert alone.workloads[0].accepted_shares_total is None
