"""What firmware says of its faults: the code, what it means, and on which board."""

import json
from pathlib import Path
from typing import Any

import pytest

from miner_agent import drivers
from miner_agent.drivers.shared.whatsminer_faults import fault_of
from miner_agent.model.faults import FaultSeverity, FirmwareFault
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.payload import Payloads
from tests.captured import OWN, cases, raw_of
from tests.for_each import for_each

GOOD = [{"STATUS": "S", "Msg": "ok", "Description": "btminer"}]


def read(driver: str, answers: dict[str, bytes]) -> MinerSnapshot:
    snapshot = drivers.load(driver).read(Payloads(answers))
    assert isinstance(snapshot, MinerSnapshot)
    return snapshot


def told(snapshot: MinerSnapshot) -> list[tuple[str, str | None, str, int | None]]:
    assert snapshot.faults is not None
    return [(one.code, one.words, one.severity.value, one.device_index) for one in snapshot.faults]


def whatsminer(summary: dict[str, Any], **more: bytes) -> MinerSnapshot:
    row = {"Elapsed": 600, "HS RT": 96e6, **summary}
    return read("whatsminer", {"summary": json.dumps({"STATUS": GOOD, "SUMMARY": [row]}).encode(), **more})


@for_each(
    ("code", "words", "board"),
    [
        ("530", "board 0: not found", 0),
        ("207", "power supply: input current is limited, the mains are bad", None),
        ("5072", "board 2: water does not flow as it should", 2),
        ("540", "board 0: numbers of its chips cannot be read", 0),
        ("531014", "board 1, chip 14: too few results", 1),
        ("2023", "pool 3 cannot be reached", None),
        ("8514", "below standard L1: voltage", None),
        ("100001", "files of the firmware were changed: install it anew", None),
        ("4711", None, None),
        ("99999999999999999999", None, None),
        ("-1", None, None),
    ],
)
def test_a_code_of_a_whatsminer_has_words_where_its_makers_list_has(
    code: str, words: str | None, board: int | None
) -> None:
    fault = fault_of(code)

    assert (fault.code, fault.words, fault.device_index) == (code, words, board)


def test_a_whatsminer_that_counts_no_faults_says_that_it_has_none() -> None:
    assert whatsminer({"Error Code Count": 0}).faults == ()
    assert whatsminer({}).faults is None
    assert whatsminer({"Error Code Count": 1, "Error Code 0": "odd"}).faults is None


def test_newer_whatsminers_list_their_faults_apart() -> None:
    listed = json.dumps({"STATUS": "S", "Code": 131, "Msg": {"error_code": ["531", {"5072": "2026-11-01 10:00:00"}]}})
    refused = b'{"STATUS":"E","Code":14,"Msg":"invalid cmd","Description":"btminer"}'

    assert [code for code, *_ in told(whatsminer({}, get_error_code=listed.encode()))] == ["531", "5072"]
    assert whatsminer({}, get_error_code=refused).faults is None


def test_api_3_gives_words_of_its_own_for_codes_that_nobody_lists() -> None:
    answers = raw_of(OWN / "whatsminer3/3.0__m66__mining")
    device = json.loads(answers["device"])
    device["msg"]["error-code"] = [
        {"531": "2025-03-12 14:52:35", "reason": "Slot1 not found."},
        {"4711": "2025-03-12 14:52:35", "reason": "Something new."},
        {"reason": "a text alone"},
        "odd",
    ]

    assert told(read("whatsminer3", {**answers, "device": json.dumps(device).encode()})) == [
        ("531", "board 1: not found", "fault", 1),
        ("4711", "Something new.", "fault", None),
    ]
    assert read("whatsminer3", answers).faults == ()


def test_vnish_says_what_ails_a_chain() -> None:
    about = {"Type": "Antminer S21 Pro (Vnish 1.2.7)"}
    chains = {f"chain_{what}{n}": value for n in (1, 2, 3) for what, value in (("acn", 65), ("rate", 60e3))}
    said = {
        "chain_fault1": "",
        "chain_fault2": "crc_error",
        "chain_fault3": "none",
        "chain_state1": "mining",
        "chain_state3": "failure",
    }
    stats = {"STATUS": GOOD, "STATS": [about, {"Elapsed": 600, "GHS 5s": 180e3, **chains, **said}]}
    answers = {"version": json.dumps({"STATUS": GOOD, "VERSION": [about]}).encode()}

    assert told(read("antminer", {**answers, "stats": json.dumps(stats).encode()})) == [
        ("chain_fault", "chain 2: crc_error", "fault", 2),
        ("chain_state", "chain 3: failure", "fault", 3),
    ]
    stats["STATS"] = [about, {"Elapsed": 600, "GHS 5s": 180e3, **chains}]
    assert read("antminer", {**answers, "stats": json.dumps(stats).encode()}).faults is None


@for_each(
    ("pairs", "faults"),
    [
        ("ECHU[0 0 0] ECMM[0] POW_I2C[OK]", []),
        ("ECHU[1 1] ECMM[1]", []),
        (
            "ECHU[0 320] ECMM[4]",
            [
                ("ECHU1 toohot", "board 1: too hot", "fault", 0),
                ("ECHU1 loopfailed", "board 1: its chips do not answer", "fault", 0),
                ("ECMM0 nofan", "control board: a fan is missing", "fault", 0),
            ],
        ),
        ("ECHU[1048576]", [("ECHU0 0x100000", None, "warning", 0)]),
        ("ECHU[0] FanErr[1]", [("FanErr", "a fan does not turn as it should", "fault", 0)]),
        ("ECHU[x 0] POW_I2C[FAILED]", [("POW_I2C", "the power supply cannot be asked", "warning", 0)]),
    ],
)
def test_the_error_bits_of_an_avalon_have_words(pairs: str, faults: list[tuple[str, str | None, str, int]]) -> None:
    stats = {"STATUS": GOOD, "STATS": [{"Elapsed": 9, "MM ID0": f"Ver[1246-x] GHSspd[8000.0] {pairs}"}]}

    snapshot = read("avalon", {"summary_stats_pools": json.dumps({"stats": [stats]}).encode()})

    assert told(snapshot) == faults


def test_axeos_says_that_it_was_too_hot_and_what_its_power_supply_lacks() -> None:
    answers = raw_of(OWN / "bitaxe/2.9__gamma__mining")
    info = json.loads(answers["info"]) | {"overheat_mode": 1, "power_fault": "Power fault detected"}

    assert [code for code, *_ in told(read("bitaxe", {**answers, "info": json.dumps(info).encode()}))] == [
        "overheat_mode",
        "power_fault",
    ]


@pytest.mark.parametrize(
    ("codes", "paused", "faults"),
    [
        ([], False, []),
        (["SLEEP"], True, []),
        (
            ["SOMETHING_NEW", "IDLE", "SHUTDOWN_USER", "SHUTDOWN_USER"],
            True,
            [
                ("SHUTDOWN_USER", "a board is off, as somebody wished", "warning", None),
                ("SOMETHING_NEW", None, "fault", None),
            ],
        ),
        ([7, "", None], False, []),
    ],
)
def test_luxos_lists_what_ails_it_and_that_it_sleeps(codes: list[Any], paused: bool, faults: list[Any]) -> None:
    answers = raw_of(OWN / "luxos/2024.9__s19__mining")
    events = {"STATUS": GOOD, "EVENTS": [{"Code": code} for code in codes]}

    snapshot = read("luxos", {**answers, "events": json.dumps(events).encode()})

    assert (snapshot.paused, told(snapshot)) == (paused, faults)


@pytest.mark.parametrize("answer", [b'{"STATUS":[{"STATUS":"E","Msg":"Invalid command"}],"id":1}', b"<html>", b"[]"])
def test_older_luxos_that_knows_no_events_says_nothing_of_faults(answer: bytes) -> None:
    snapshot = read("luxos", {**raw_of(OWN / "luxos/2024.9__s19__mining"), "events": answer})

    assert (snapshot.paused, snapshot.faults) == (None, None)
    assert snapshot.workloads[0].hashes_per_second


def test_braiins_reports_errors_with_their_components() -> None:
    answers = raw_of(OWN / "braiins/25.07__s19__mining")

    def faults(errors: object) -> list[tuple[str, str | None, str, int | None]] | None:
        snapshot = read("braiins", {**answers, "errors": json.dumps(errors).encode()})
        return None if snapshot.faults is None else told(snapshot)

    parts = [{"name": "hashboard", "index": 1}, {"name": "psu", "index": 0}]
    codes = [{"code": "E1", "reason": "too hot"}, {"code": "E1", "reason": "again"}, {"code": "E2"}]
    assert faults({"errors": []}) == []
    assert faults({"errors": [{"message": "odd", "error_codes": codes, "components": parts}]}) == [
        ("E1", "hashboard 1, psu 0: too hot", "fault", None),
        ("E2", "hashboard 1, psu 0: odd", "fault", None),
    ]
    assert faults({"errors": [{"message": "odd", "components": [{"name": "hashboard"}]}]}) == [
        ("error", None, "fault", None)
    ]
    assert faults({"errors": [{}, "odd", None]}) == [("error", None, "fault", None)]
    assert faults({"errors": "none"}) is None
    assert faults({"message": "not found"}) is None


def test_real_machines_tell_their_faults(captured: Path) -> None:
    found = {case.name: case for case in cases(captured)}

    def of(name: str) -> tuple[FirmwareFault, ...] | None:
        return read(found[name].driver.name, found[name].raw).faults

    whatsminer_faults = of("whatsminer/m30s-btminer-2021") or ()
    assert [(one.code, one.severity) for one in whatsminer_faults] == [
        ("206", FaultSeverity.FAULT),
        ("2320", FaultSeverity.FAULT),
        ("2340", FaultSeverity.WARNING),
    ]
    assert of("whatsminer/m20s-2019") == of("antminer/s21pro-vnish-1.2.7") == of("avalon/a1246-21072802") == ()
    assert {one.severity for one in of("avalon/a10-combined-nan") or ()} == {FaultSeverity.WARNING}


@for_each(
    ("state", "error", "faults"),
    [
        ("Mining", None, []),
        ("Idling", "PSU over temperature", [("last_error", "PSU over temperature", "fault", None)]),
        ("Mining", "PSU over temperature", [("last_error", "PSU over temperature", "warning", None)]),
        (None, {"odd": 1}, [("last_error", None, "fault", None)]),
    ],
)
def test_the_last_error_of_an_epic_is_a_warning_once_it_mines_again(
    state: object, error: object, faults: list[Any]
) -> None:
    answers = raw_of(OWN / "epic/3.0__s19__two-boards")
    summary = {**json.loads(answers["summary"]), "Status": {"Operating State": state, "Last Error": error}}

    assert told(read("epic", {**answers, "summary": json.dumps(summary).encode()})) == faults


@pytest.mark.parametrize("status", [None, [], "Mining", {"Operating State": "Mining"}])
def test_an_epic_that_knows_no_errors_says_nothing_of_faults(status: object) -> None:
    answers = raw_of(OWN / "epic/3.0__s19__two-boards")
    summary = {**json.loads(answers["summary"]), "Status": status}

    assert read("epic", {**answers, "summary": json.dumps(summary).encode()}).faults is None
