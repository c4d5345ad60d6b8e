"""The doctor: every kind of finding, from facts; and the command on this machine."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from miner_agent import drivers
from miner_agent.cli.commands.doctor_command import _nearest
from miner_agent.collectors.programs import Listener, Program
from miner_agent.errors import Unreachable
from miner_agent.look import weaknesses
from miner_agent.look.check import Check
from miner_agent.look.doctor import MENDS, Facts, examine
from miner_agent.look.running_agent import ToldSymptom, ToldVerdict
from miner_agent.model.devices import ReadError, ReadErrorReason
from miner_agent.model.health import Ailment, Symptom, Verdict
from miner_agent.model.planned import PlannedState
from miner_agent.model.readings import (
    FilesystemReading,
    HostReading,
    MinerSnapshot,
    Outcome,
    Reading,
    SensorReading,
    SourceKind,
)
from miner_agent.model.snapshot import PoolWatch, RigSnapshot
from tests.fake_http import FakeMiner
from tests.for_each import for_each

NOW = datetime.combine(weaknesses.AS_OF, datetime.min.time(), UTC) + timedelta(days=30)
XMRIG = Path(__file__).parents[1] / "captures" / "xmrig" / "6.21__2x-gpu__mining" / "summary.raw"


def outcome(
    source: str, kind: SourceKind, reading: Reading | None = None, error: str | None = None
) -> Outcome[Reading]:
    return Outcome(
        source=source,
        kind=kind,
        asked_at=NOW,
        duration_seconds=0.1,
        reading=reading,
        error=None if error is None else Unreachable(error),
    )


def facts(*outcomes: Outcome[Reading], **changes: Any) -> Facts:
    snapshot = RigSnapshot(
        taken_at=changes.pop("now", NOW), rig="rig", outcomes=outcomes, pools=changes.pop("pools", ())
    )
    well = Facts(
        snapshot=snapshot,
        rigs=(),
        agent=None,
        configured=frozenset(),
        programs=(),
        silent=(),
        unclear=(),
        listeners=(),
        drivers=tuple(drivers.load(name) for name in drivers.names()),
        config_error=None,
        state_directory="/var/lib/miner-agent",
        state_writable=True,
        state_free_bytes=50 << 30,
        clock_synchronized=True,
        as_root=False,
        python_version="3.11.2",
        kernel="6.1",
    )
    return replace(well, **changes)


def found(*outcomes: Outcome[Reading], **changes: Any) -> list[Check]:
    return [check for check in examine(facts(*outcomes, **changes)) if not check.good]


def test_where_all_is_well_nothing_is_to_mend() -> None:
    snapshot = MinerSnapshot(software="xmrig", software_version="6.21.0")

    assert found(outcome("host", "collector", HostReading()), outcome("xmrig", "miner", snapshot)) == []


def test_a_source_that_fails_says_what_to_do() -> None:
    (check,) = found(outcome("xmrig", "miner", error="xmrig: no connection. Is its API on?"))

    assert check.subject == "xmrig"
    assert check.mend == "no connection. Is its API on?"


def test_a_quantity_that_needs_a_right_is_told_with_how_to_give_it() -> None:
    error = ReadError(device="cpu0", quantity="power", reason=ReadErrorReason.PERMISSION, hint="open energy_uj")
    quiet = ReadError(device="cpu0", quantity="x", reason=ReadErrorReason.UNSUPPORTED)
    (check,) = found(outcome("host", "collector", HostReading(read_errors=(error, quiet))))

    assert check.mend == "open energy_uj"


def test_a_program_whose_api_is_off_is_told_with_how_to_switch_it_on() -> None:
    trex = drivers.load("trex")
    (check,) = found(silent=((Program(pid=7, name="t-rex"), trex),))

    assert trex.enable_api in (check.mend or "")


def test_a_process_that_may_be_a_miner_is_told_until_one_of_them_is_configured() -> None:
    unclear = ((Program(pid=7, name="miner"), (drivers.load("ewbf"), drivers.load("gminer"))),)
    (check,) = found(unclear=unclear)

    assert "process 7, and may be EWBF's Zcash CUDA miner or GMiner or no miner at all" in check.said
    assert found(unclear=unclear, configured=frozenset({"gminer"})) == []


def test_a_program_that_is_configured_elsewhere_is_not_told_twice() -> None:
    reading = outcome("left-rack", "miner", MinerSnapshot(software="t-rex"))
    silent = ((Program(pid=7, name="t-rex"), drivers.load("trex")),)

    assert found(reading, silent=silent, configured=frozenset({"trex"})) == []


def test_machines_behind_the_gateway_are_looked_at_too() -> None:
    well = outcome("s19", "miner", MinerSnapshot(software="cgminer", software_version="4.9.2"))
    behind = RigSnapshot(taken_at=NOW, rig="hall", outcomes=(well, outcome("s21", "miner", error="s21: no answer")))
    told = examine(facts(rigs=(behind,)))

    assert [check.subject for check in told if not check.good] == ["s21", "s19"]
    assert not any("none is configured" in check.said for check in told)


LOST = Symptom(ailment=Ailment.DEVICE_LOST, subject="GPU-a", source="nvml", said="does not answer any more")
DOWN = Symptom(ailment=Ailment.MINER_DOWN, subject="xmrig", source="xmrig", said="no answer")


def test_what_ails_a_rig_is_to_be_mended_and_told_once() -> None:
    failed = outcome("xmrig", "miner", error="xmrig: no answer")
    well = facts(failed)
    ill = replace(well, snapshot=replace(well.snapshot, verdict=Verdict(word="ill", symptoms=(LOST, DOWN))))
    told = [check for check in examine(ill) if not check.good]

    assert [(check.area, check.subject) for check in told] == [("miner", "xmrig"), ("verdict", "GPU-a")]
    assert "riser" in (told[1].mend or "")


def test_a_miner_that_rests_as_planned_is_nothing_to_mend() -> None:
    failed, off = facts(outcome("xmrig", "miner", error="xmrig: no answer")), PlannedState(off=True)
    resting = failed.snapshot.as_planned(off)
    ill = replace(resting, verdict=Verdict(word="ill", symptoms=(DOWN,)).at_rest())
    (told,) = (check for check in examine(replace(failed, snapshot=ill)) if check.subject == "xmrig")

    assert (told.level, told.said) == ("note", "standing still as planned: xmrig: no answer")


def test_what_the_running_agent_has_seen_is_told_too_and_nothing_twice() -> None:
    symptoms = (
        ToldSymptom(reason="device_lost", subject="GPU-a", part=None, said="does not answer any more"),
        ToldSymptom(reason="miner_shares_refused", subject="xmrig", part="rx/0", said="its pool refuses its shares"),
        ToldSymptom(reason="of another version", subject="xmrig", part=None, said="what nobody here knows"),
    )
    agent = (ToldVerdict(rig="left", verdict="ill", symptoms_total=3, symptoms=symptoms),)
    known = facts(agent=agent)
    known = replace(known, snapshot=replace(known.snapshot, verdict=Verdict(word="ill", symptoms=(LOST,))))
    told = [check for check in examine(known) if not check.good]

    assert [(check.subject, "running agent" in check.said) for check in told] == [
        ("GPU-a", False),
        ("xmrig (rx/0)", True),
    ]


def test_an_agent_without_fresh_readings_is_to_be_looked_at() -> None:
    (check,) = found(agent=(ToldVerdict(rig=None, verdict="unknown", why="the last tick is 40 s old"),))

    assert check.said == "the last tick is 40 s old"


def test_that_no_agent_runs_is_no_fault() -> None:
    assert found(agent=None) == []
    assert found(agent=(ToldVerdict(rig="left", verdict="well"),)) == []


def test_a_rig_of_which_nothing_is_known_is_not_said_to_be_good() -> None:
    known = facts(agent=(ToldVerdict(rig="left", verdict="unknown"),))
    (check,) = [check for check in examine(known) if check.subject == "left"]

    assert (check.level, check.said) == ("note", "unknown, says the running agent: nothing that mines was read")


def test_for_every_ailment_there_is_something_to_do() -> None:
    assert MENDS.keys() == set(Ailment)


@for_each(
    ("listener", "programs", "is_found"),
    [
        (Listener(host="0.0.0.0", port=4067), (), True),
        (Listener(host="::", port=3333), (), True),
        (Listener(host="192.0.2.7", port=4028), (), True),
        (Listener(host="127.0.0.1", port=4067), (), False),
        (Listener(host="::1", port=4067), (), False),
        (Listener(host="::ffff:127.0.0.1", port=4067), (), False),
        (Listener(host="0.0.0.0", port=22), (), False),
        (Listener(host="0.0.0.0", port=80), (), False),  # any web server
        (Listener(host="0.0.0.0", port=5555, pid=7), (Program(pid=7, name="bzminer"),), True),
        (Listener(host="0.0.0.0", port=5555, pid=8), (Program(pid=7, name="bzminer"),), False),
    ],
)
def test_an_api_that_others_reach_is_a_finding(
    listener: Listener, programs: tuple[Program, ...], is_found: bool
) -> None:
    assert bool(found(listeners=(listener,), programs=programs)) is is_found


def test_a_port_that_many_miners_use_is_not_told_to_be_one_of_them() -> None:
    (several,) = found(listeners=(Listener(host="0.0.0.0", port=4068),))
    (many,) = found(listeners=(Listener(host="0.0.0.0", port=4028),))
    program = Program(pid=7, name="ccminer")
    (known,) = found(listeners=(Listener(host="0.0.0.0", port=4068, pid=7),), programs=(program,))

    assert several.said.startswith("what may be ccminer or Team Black Miner or TT-Miner listens")
    assert several.mend == "let it listen on 127.0.0.1 only"
    assert " or another miner listens" in many.said
    assert known.said.startswith("ccminer listens")
    assert known.mend is not None
    assert "on by default in ccminer" in known.mend


@for_each(
    ("software", "version", "count"),
    [
        ("claymore", "7.3", 3),
        ("claymore", "10.1", 2),
        ("claymore", "10.5", 1),
        ("claymore", "11.0", 0),
        ("cgminer", "4.10.0", 1),
        ("cgminer", "4.9.2", 1),
        ("cgminer", "4.11.1", 0),
        ("bfgminer", "5.5.0", 1),
        ("p2pool", "v4.15.1", 1),
        ("p2pool", "4.16", 0),
        ("p2pool", "4.16.1", 0),
        ("xmrig", "1.0", 0),
        ("claymore", "nonsense", 0),
        ("claymore", None, 0),
    ],
)
def test_a_version_with_a_published_weakness_is_a_finding(software: str, version: str | None, count: int) -> None:
    reading = MinerSnapshot(software=software, software_version=version)

    assert len(found(outcome("one", "miner", reading))) == count


def test_every_weakness_names_its_source() -> None:
    for weakness in weaknesses.WEAKNESSES:
        assert weakness.source.startswith("https://")
        assert (weakness.last_affected is None) != (weakness.mended_in is None)


def test_a_miner_that_works_for_somebody_else_is_a_finding() -> None:
    pool = PoolWatch(
        miner="xmrig",
        algorithm="randomx",
        host="evil.example",
        port="1",
        scheme=None,
        account_hash=None,
        differs=("pool",),
    )
    (check,) = found(pools=(pool,))

    assert "evil.example" in check.said


@pytest.mark.parametrize(
    ("changes", "area"),
    [
        ({"now": datetime(1970, 1, 1, tzinfo=UTC)}, "clock"),
        ({"clock_synchronized": False}, "clock"),
        ({"state_writable": False}, "disk"),
        ({"state_free_bytes": 5 << 20}, "disk"),
        ({"as_root": True}, "agent"),
    ],
)
def test_clock_disk_and_user_are_looked_at(changes: dict[str, Any], area: str) -> None:
    (check,) = found(**changes)

    assert check.area == area


def test_a_root_that_takes_no_writes_is_a_finding_and_another_disk_is_not() -> None:
    disks = (FilesystemReading(mountpoint="/", read_only=True), FilesystemReading(mountpoint="/snap", read_only=True))

    (check,) = found(outcome("host", "collector", HostReading(filesystems=disks)))
    assert check.subject == "/"


def test_what_is_well_is_told_too() -> None:
    told = examine(facts(outcome("nvml", "collector", SensorReading(driver_version="550.54"))))

    assert [check.said for check in told if check.subject == "nvml"] == ["0 cards, driver 550.54"]
    assert any("published until" in check.said for check in told)


def doctor(folder: Path, config: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    (folder / "config.toml").write_text(config + f'\n[agent]\nstate_directory = "{folder}"\n')
    return subprocess.run(
        [sys.executable, "-m", "miner_agent", "doctor", "--config", str(folder / "config.toml"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.e2e
def test_the_command_ends_with_3_on_findings_and_tells_them(tmp_path: Path) -> None:
    with FakeMiner({"/2/summary": XMRIG.read_bytes()}) as good:
        config = "".join(
            f'[[miners]]\nname = "{name}"\ndriver = "xmrig"\naddress = "{address}"\n'
            for name, address in (("good", good.address), ("bad", "127.0.0.1:1"))
        )
        done = doctor(tmp_path, config, "--json")
    told = {check["subject"]: check for check in json.loads(done.stdout)}

    assert done.returncode == 3
    assert told["good"]["good"]
    assert not told["bad"]["good"]
    assert "Is its API on?" in told["bad"]["mend"]


@pytest.mark.e2e
def test_the_command_asks_machines_behind_the_gateway(tmp_path: Path) -> None:
    config = '[[miners]]\nname = "asic"\nrig = "hall"\ndriver = "antminer"\naddress = "127.0.0.1:1"\n'
    done = doctor(tmp_path, config, "--json")
    told = {check["subject"]: check for check in json.loads(done.stdout)}

    assert done.returncode == 3
    assert told["asic"]["said"] == "gave no reading"


def test_a_state_directory_that_this_user_cannot_see_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.stat

    def stat(path: Any, *arguments: Any, **options: Any) -> os.stat_result:
        if str(path).startswith("/hidden"):
            raise PermissionError(13, "Permission denied", path)
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "stat", stat)

    assert _nearest(Path("/hidden/state")) == Path("/")


@pytest.mark.e2e
def test_the_command_writes_nothing(tmp_path: Path) -> None:
    doctor(tmp_path, "[discovery]\nenabled = false\n")

    assert os.listdir(tmp_path) == ["config.toml"]
