"""What answers of the cgminer family mean: units by model, windows, pools of strangers, answers that say no."""

import json
from typing import Any

import pytest

from miner_agent import drivers
from miner_agent.drivers.shared import cgminer_protocol as cgminer
from miner_agent.drivers.shared.cgminer_pools import active_pool, pool_of
from miner_agent.errors import BadPayload
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.defects import Defects
from miner_agent.sources.driver import TcpCommand
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.sources.reading_budget import ReadingBudget
from tests.for_each import for_each

GOOD = [{"STATUS": "S", "Msg": "ok", "Description": "cgminer 4.9.0"}]


def raw(**answer: Any) -> bytes:
    return json.dumps({"STATUS": GOOD, **answer, "id": 1}).encode() + b"\x00"


def antminer(product: str | None, rate: object, **more: object) -> MinerSnapshot:
    about = {"CGMiner": "4.9.0"} if product is None else {"CGMiner": "4.9.0", "Type": product}
    measured = {"Elapsed": 60, "GHS 5s": rate, "chain_acn1": 9, "chain_rate1": str(rate), **more}
    answers = {"version": raw(VERSION=[about]), "stats": raw(STATS=[about, measured])}
    snapshot = drivers.load("antminer").read(Payloads(answers))
    assert isinstance(snapshot, MinerSnapshot)
    return snapshot


@for_each(
    ("product", "hashes_per_second"),
    [
        ("Antminer S9", 100e9),
        ("Antminer T17+", 100e9),
        (None, 100e9),
        ("Antminer L3+", 100e6),
        ("Antminer D3", 100e6),
        ("Antminer Z15", 100e3),
        ("Antminer K7", None),
        ("Antminer of tomorrow", None),
    ],
)
def test_the_unit_follows_from_the_model(product: str | None, hashes_per_second: float | None) -> None:
    workload = antminer(product, "100").workloads[0]

    assert workload.hashes_per_second == hashes_per_second
    assert workload.devices[0].hashes_per_second == hashes_per_second


@pytest.mark.parametrize(("unit", "factor"), [("GH", 1e9), ("MH", 1e6), ("KSol", 1e3), ("TH/s", 1e12)])
def test_a_unit_that_is_named_wins_over_the_model(unit: str, factor: float) -> None:
    assert antminer("Antminer L7", 9500.5, rate_unit=unit).workloads[0].hashes_per_second == 9500.5 * factor


def test_an_equihash_machine_under_another_firmware_speaks_of_solutions() -> None:
    assert antminer("Antminer Z11", 141_540).workloads[0].hashes_per_second == 141_540


def test_a_rate_that_is_empty_is_not_known() -> None:
    assert antminer("Antminer S9", "").workloads[0].hashes_per_second is None


def test_sensors_below_zero_and_at_zero_are_told_apart() -> None:
    cold = antminer("Antminer S19", 1, temp_pcb1="-2--1-0-0", temp_chip1="0-0-0-0").devices[0]

    assert (cold.core_temperature_celsius, cold.hotspot_temperature_celsius) == (-1.0, None)


def test_a_fan_that_stands_still_keeps_its_place() -> None:
    snapshot = antminer("Antminer S19", 1, fan_num=3, fan1=5000, fan2=0, fan3=5100, fan4=0, fan5=0)

    assert snapshot.fan_speeds_rpm == (5000.0, 0.0, 5100.0)


def test_version_alone_is_no_answer() -> None:
    with pytest.raises(BadPayload):
        drivers.load("antminer").read(Payloads({"version": raw(VERSION=[{"CGMiner": "4.9.0"}])}))


def vnish(stats: bytes, **more: bytes) -> MinerSnapshot:
    refusal = json.dumps({"STATUS": [{"STATUS": "E", "Msg": "Invalid command", "Description": "cgminer 4.11.1"}]})
    snapshot = drivers.load("antminer").read(Payloads({"version": refusal.encode(), "stats": stats, **more}))
    assert isinstance(snapshot, MinerSnapshot)
    return snapshot


def test_a_machine_that_refuses_to_tell_its_version_is_told_by_its_stats() -> None:
    snapshot = vnish(raw(STATS=[{"Type": "Antminer S21 Pro"}, {"GHS 5s": 170_000.5, "chain_acn1": 65}]))

    assert (snapshot.software, snapshot.software_version) == ("cgminer", "4.11.1")
    assert snapshot.product == "Antminer S21 Pro"
    assert snapshot.workloads[0].hashes_per_second == 170_000.5e9
    with pytest.raises(BadPayload, match="Invalid command"):
        vnish(raw(STATS=[{"Elapsed": 5}, {"GHS 5s": 170_000.5}]), summary=raw(SUMMARY=[{"Elapsed": 5}]))


@pytest.mark.parametrize(("told", "volts"), [(13_000, 13.0), ("12825", 12.825), (920, None), (0, None), ("", None)])
def test_what_feeds_a_board_is_told_in_millivolts_or_not_understood(told: object, volts: float | None) -> None:
    assert antminer("Antminer S21", 1, chain_vol1=told).devices[0].voltage_volts == volts


def test_a_key_that_says_its_unit_means_it() -> None:
    answers = {
        "version": raw(VERSION=[{"CGMiner": "4.6.1"}]),  # an S3 tells no model
        "summary": raw(SUMMARY=[{"Elapsed": 60, "MHS 5s": 181_714.21, "MHS av": 180_000.5}]),
    }

    snapshot = drivers.load("antminer").read(Payloads(answers))

    assert isinstance(snapshot, MinerSnapshot)
    assert snapshot.workloads[0].hashes_per_second == pytest.approx(181.71421e9)


def boards(product: str, *chips: int, **more: object) -> list[tuple[int, str | None, int | None, int | None]]:
    """Number, state, chips and expected chips of each board of an Antminer."""
    rates = {f"chain_rate{chain}": "30000.5" if count else "" for chain, count in enumerate(chips, 1)}
    counts = {f"chain_acn{chain}": count for chain, count in enumerate(chips, 1)}
    snapshot = antminer(product, 90_000.5, **{**rates, **counts, **more})
    return [(board.index, board.state, board.chips, board.chips_expected) for board in snapshot.devices]


@pytest.mark.parametrize("more", [{}, {"chain_acs1": "o" * 80, "chain_acs2": "o" * 88}, {"total_acn": 256}])
def test_a_board_cut_from_88_to_80_chips_lacks_8(more: dict[str, object]) -> None:
    assert boards("Antminer S19j", 80, 88, 88, **more)[0] == (1, None, 80, 88)  # its neighbours have them
    assert boards("Antminer S19j", 80, 80, 80, **more)[0] == (1, None, 80, 88)  # its model has them


def test_the_chips_of_the_firmwares_own_total_are_expected() -> None:
    assert boards("Antminer of tomorrow", 80, 80, 80, miner_count=3, total_acn=264)[0] == (1, None, 80, 88)
    assert boards("Antminer of tomorrow", 80, 80, 80, miner_count=3, total_acn=240)[0] == (1, None, 80, None)


@pytest.mark.parametrize("more", [{}, {"miner_count": 3}])
def test_a_chain_without_chips_is_a_missing_board(more: dict[str, object]) -> None:
    found = boards("Antminer S19j Pro", 126, 0, 126, 0, 0, **more)

    assert found == [(1, None, 126, 126), (3, None, 126, 126), (2, "lost", 0, 126)]


def test_a_missing_board_is_where_the_model_has_one() -> None:
    chips = (0, 0, 0, 0, 0, 63, 63, 0, 0, 0)

    assert [board[:2] for board in boards("Antminer S9", *chips)] == [(6, None), (7, None), (8, "lost")]
    assert [board[:2] for board in boards("Antminer S9", *chips[:5], 0, 63, 63)][-1] == (6, "lost")


def test_empty_sockets_of_a_machine_that_tells_no_count_are_no_boards() -> None:
    assert [board[0] for board in boards("Antminer of tomorrow", 80, 80, 0, 0)] == [1, 2]
    assert boards("Antminer of tomorrow", 0, 0, 0, miner_count=3) == []  # it has just started


def test_a_machine_cooled_by_water_has_an_inlet_and_an_outlet_and_no_fans() -> None:
    snapshot = antminer(
        "Antminer S19 Pro Hyd.", 1, fan_num=4, fan1=0, fan2=0, fan3=0, fan4=0, fan_pwm=0, temp_chip1="38-45-0-0"
    )

    (board,) = [device for device in snapshot.devices if device.index == 1]
    assert snapshot.fan_speeds_rpm == ()
    assert (board.inlet_temperature_celsius, board.outlet_temperature_celsius) == (38.0, 45.0)
    assert (board.hotspot_temperature_celsius, board.fan_ratio) == (None, None)


def test_a_whatsminers_boards_have_the_quiet_rate_whatever_its_program_is_called() -> None:
    head = [{"STATUS": "S", "Msg": "ok", "Description": "cgminer 4.9.2"}]
    noisy = [{"ASC": board, "MHS 5s": 23.4e6, "MHS 1m": 22.4e6, "MHS av": 22.5e6} for board in range(3)]
    answers = {
        "summary": {"STATUS": head, "SUMMARY": [{"Elapsed": 60, "HS RT": 67.39e6}]},
        "edevs": {"STATUS": head, "DEVS": noisy},
    }

    raws = {name: json.dumps(answer).encode() for name, answer in answers.items()}
    snapshot = drivers.load("whatsminer").read(Payloads(raws))

    assert isinstance(snapshot, MinerSnapshot)
    (work,) = snapshot.workloads
    assert [board.hashes_per_second for board in work.devices] == [22.4e12] * 3


def avalon(module: str, summary: object = None) -> MinerSnapshot:
    told = [] if summary is None else [{"STATUS": GOOD, "SUMMARY": [summary]}]
    answers = {"summary": told, "stats": [{"STATUS": GOOD, "STATS": [{"Elapsed": 9, "MM ID0": module}]}], "id": 1}
    snapshot = drivers.load("avalon").read(Payloads({"summary_stats_pools": json.dumps(answers).encode()}))
    assert isinstance(snapshot, MinerSnapshot)
    return snapshot


@for_each(
    ("module", "wall", "boards", "volts"),
    [
        ("Ver[1246-83] PS[0 1214 1316 242 3189 1320 3504]", 3504, 3189, 13.16),
        ("Ver[1047-20] PS[0 1214 1316 242 3189 1320]", None, 3189, 13.16),
        ("Ver[1566-24] PS[0 1214 1316 242 3189 1320 3504] WALLPOWER[3600]", 3600, 3189, 13.16),
        ("Ver[Nano3s-25] PS[0 0 27541 4 0 3756 133]", 133, None, 27.541),
        ("Ver[1047-20] PS[0 0 0 0 0 0]", None, None, None),
        ("Ver[1047-20] PS[0 0 0 0 0 0 0]", None, None, None),
        ("Ver[1047-20] PS[off]", None, None, None),
        ("Ver[1047-20]", None, None, None),
    ],
)
def test_what_a_machine_takes_is_told_apart_from_what_feeds_its_boards(
    module: str, wall: float | None, boards: float | None, volts: float | None
) -> None:
    snapshot = avalon(module)

    assert snapshot.power_watts == wall
    assert snapshot.devices[0].power_watts == boards
    assert snapshot.devices[0].voltage_volts == volts


def test_a_sensor_at_absolute_zero_is_none_and_the_next_one_counts() -> None:
    nano, board = (avalon(text).devices[0] for text in ("ITemp[-273] OTemp[65]", "HBITemp[-273] ITemp[-3]"))

    assert (nano.inlet_temperature_celsius, nano.outlet_temperature_celsius) == (None, 65)
    assert board.inlet_temperature_celsius == -3


@pytest.mark.parametrize(
    ("module", "fans"),
    [
        ("Fan1[1200] Fan2[1230]", (1200, 1230)),
        ("Fan2[1230] Fan4[1240]", (None, 1230, None, 1240)),
        ("Fan[900]", (900,)),
        ("Ver[1246-83]", ()),
    ],
)
def test_a_fan_has_its_own_number_whichever_others_are_told(module: str, fans: tuple[float | None, ...]) -> None:
    assert avalon(module).fan_speeds_rpm == fans


def test_modules_say_the_hashrate_that_a_summary_does_not() -> None:
    rates = {
        "summary": avalon("GHSspd[80000.5]", {"MHS 5s": 81e6, "MHS av": 79e6}),
        "mean": avalon("GHSspd[80000.5]", {"MHS av": 79e6}),
        "none": avalon("GHSspd[80000.5]"),
        "switched off": avalon("GHSspd[80000.5]", {"MHS 5s": 0.0, "MHS av": 79e6}),
        "unknown": avalon("GHSmm[80000.5]"),
    }

    assert {name: snapshot.workloads[0].hashes_per_second for name, snapshot in rates.items()} == {
        "summary": 81e12,
        "mean": 80000.5e9,
        "none": 80000.5e9,
        "switched off": 0.0,
        "unknown": None,
    }


@for_each(
    ("row", "hashrate"),
    [
        ({"MHS av": 5, "MHS 5s": 2, "MHS 1m": 3}, cgminer.Hashrate(2e6, 5.0)),
        ({"MHS av": 5, "MHS 20s": 2}, cgminer.Hashrate(2e6, 20.0)),
        ({"GHS 1h": 2, "GHS 30m": 3}, cgminer.Hashrate(3e9, 1800.0)),
        ({"MHS 5s": 1.2, "KHS 5s": 1210}, cgminer.Hashrate(1.21e6, 5.0)),
        ({"MHS av": 5}, cgminer.Hashrate(5e6, None)),
        ({"MHS 5s": 0.0, "MHS av": 44e6}, cgminer.Hashrate(0.0, 5.0)),
        ({"MHS 5s": None, "MHS av": 5}, cgminer.Hashrate(5e6, None)),
        ({"Total MH": 5}, cgminer.Hashrate()),
    ],
)
def test_the_shortest_window_is_read(row: dict[str, object], hashrate: cgminer.Hashrate) -> None:
    assert cgminer.hashrate(Doc(row, "row", Defects(ReadingBudget()))) == hashrate


def test_the_pool_in_use_is_the_owner_s_first_active_one() -> None:
    pools = [
        {"URL": "DevFee", "User": "DevFee", "Priority": 0, "Stratum Active": True, "Accepted": 7},
        {"URL": "b.example:1", "User": "me", "Priority": 2, "Stratum Active": True, "Accepted": 1},
        {"URL": "a.example:1", "User": "me", "Priority": 1, "Stratum Active": True, "Accepted": 2},
        {"URL": "c.example:1", "User": "me", "Priority": 0, "Stratum Active": False, "Accepted": 3},
    ]
    rows = [Doc(pool, "pool") for pool in pools]

    assert pool_of(active_pool(rows)) == "a.example:1"
    assert cgminer.shares(None, rows).accepted == 6


def test_the_difficulty_of_accepted_shares_is_summed_where_it_is_counted() -> None:
    mine = Doc({"Accepted": 2, "Difficulty Accepted": 96.5}, "pool")
    other = Doc({"Accepted": 1, "Difficulty Accepted": 32.0}, "pool")
    fee = Doc({"URL": "DevFee", "User": "x", "Accepted": 9, "Difficulty Accepted": 1e6}, "pool")
    uncounted = Doc({"Accepted": 3, "Difficulty Accepted": 0.0}, "pool")

    assert cgminer.shares(None, [mine, other, fee]).accepted_difficulty == 128.5
    assert cgminer.shares(None, [uncounted]).accepted_difficulty is None
    assert cgminer.shares(Doc({"Accepted": 0, "Difficulty Accepted": 0.0}, "summary"), []).accepted_difficulty == 0.0


def test_boards_are_numbered_by_themselves_or_where_they_repeat_a_number_by_their_place() -> None:
    def numbers(*rows: dict[str, object]) -> list[int]:
        return list(cgminer.by_id([Doc(row, "row", Defects(ReadingBudget())) for row in rows]))

    assert numbers({"ID": 6}, {"ID": 7}) == [6, 7]
    assert numbers({}, {}) == [0, 1]
    assert numbers({"ID": 0}, {"ID": 0}) == [0, 1]


@for_each(("told", "chips"), [(63, 63), ("63", 63), (0, 0), (-1, None), (62.5, None), ("", None), (1e9, None)])
def test_chips_are_counted(told: object, chips: int | None) -> None:
    assert cgminer.count(Doc({"Chips": told}, "row", Defects(ReadingBudget())), "Chips") == chips


def test_the_hottest_of_the_sensors_that_were_read() -> None:
    row = Doc({"TopLeft": 0, "TopRight": 41.5, "BottomLeft": 44, "BottomRight": -273}, "row")

    assert cgminer.hottest(row, "TopLeft", "TopRight", "BottomLeft", "BottomRight") == 44
    assert cgminer.hottest(row, "TopLeft", "Middle") is None


@pytest.mark.parametrize(
    ("marks", "chips", "expected"),
    [("oooo oooo", 8, 8), ("ooxo xxoo", 5, 8), ("", 9, None)],
)
def test_chips_that_do_not_answer_are_marked(marks: str, chips: int, expected: int | None) -> None:
    board = antminer("Antminer S19", 1, chain_acs1=marks, chain_acn1=9 if not marks else 8).devices[0]

    assert (board.chips, board.chips_expected) == (chips, expected)


@for_each("name", ["antminer", "avalon", "bosminer", "cgminer", "luxos", "whatsminer"])
@for_each(
    "refusal",
    [
        {"STATUS": [{"STATUS": "E", "Code": 45, "Msg": "Access denied"}], "id": 1},
        {"STATUS": "E", "When": 1, "Code": 14, "Msg": "invalid cmd"},
    ],
)
def test_a_miner_that_says_no_is_refused_with_its_reason(name: str, refusal: dict[str, object]) -> None:
    driver = drivers.load(name)
    with pytest.raises(BadPayload, match=r"denied|invalid cmd"):
        driver.read(Payloads({driver.requests[0].name: json.dumps(refusal).encode()}))


@for_each("name", ["antminer", "avalon", "bosminer", "cgminer", "luxos", "whatsminer"])
def test_only_commands_that_read_are_sent(name: str) -> None:
    reading = {"summary", "stats", "pools", "version", "devs", "edevs", "devdetails", "temps", "fans", "power", "coin"}
    reading |= {"tunerstatus", "get_error_code", "events"}
    for request in drivers.load(name).requests:
        assert isinstance(request, TcpCommand)
        (word,) = json.loads(request.command).values()
        assert set(word.split("+")) <= reading
