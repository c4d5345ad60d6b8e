"""Commands, as their users type them: what they print, and with which code they end."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from miner_agent.cli.support.fitted_lines import NOTHING_READ
from tests.cli.every_command import ended
from tests.fake_http import FakeMiner
from tests.fakes import Mode

CAPTURES = Path(__file__).parents[1] / "captures"


def written(tmp_path: Path, text: str) -> str:
    (tmp_path / "config.toml").write_text(text)
    return str(tmp_path / "config.toml")


def test_once_prints_what_every_source_says(tmp_path: Path) -> None:
    answers = {"/summary": (CAPTURES / "trex" / "0.26__2x-gpu__dual" / "summary.raw").read_bytes()}
    with FakeMiner(answers) as miner:
        config = written(
            tmp_path,
            f'[collectors.nvml]\nenabled = false\n[[miners]]\nname = "cards"\ndriver = "trex"\naddress = "{miner.address}"',
        )
        done = ended("once", "--json", "--config", config)

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    (cards,) = (source for source in told["sources"] if source["source"] == "cards")
    assert (cards["kind"], cards["up"], cards["reason"]) == ("miner", True, None)
    (miner,) = told["miners"]
    assert miner["workloads"][0]["hashes_per_second"]["value"] == 86_100_000
    assert miner["workloads"][0]["accepted_shares_total"]["value"] == 1210
    first, second = (device for device in told["devices"] if device["source"] == "cards")
    assert first["core_temperature_celsius"]["value"] == 52
    assert (second["power_watts"]["value"], second["power_watts"]["reason"]) == (None, "its source does not tell it")
    assert told["host"]["value"]["memory_size_bytes"]["value"] > 0


def test_once_looks_at_one_machine_behind_the_gateway(tmp_path: Path) -> None:
    answers = {"/summary": (CAPTURES / "trex" / "0.26__2x-gpu__dual" / "summary.raw").read_bytes()}
    with FakeMiner(answers) as miner:
        config = written(
            tmp_path, f'[[miners]]\nname = "cards"\nrig = "left"\ndriver = "trex"\naddress = "{miner.address}"'
        )
        done = ended("once", "--json", "--rig", "left", "--config", config)
        refused = ended("once", "--rig", "lift", "--config", config)
        asked = len(miner.received)

    found = json.loads(done.stdout)
    assert (done.returncode, found["rig"]) == (0, "left")
    assert [source["source"] for source in found["sources"]] == ["cards"]
    assert asked == 1
    assert refused.returncode == 78
    assert "no miner and no meter has rig = 'lift'; did you mean \"left\"?" in refused.stderr


def test_once_takes_the_name_of_this_machine_too(tmp_path: Path) -> None:
    answers = {"/summary": (CAPTURES / "trex" / "0.26__2x-gpu__dual" / "summary.raw").read_bytes()}
    with FakeMiner(answers) as miner:
        own = f'[[miners]]\nname = "cards"\ndriver = "trex"\naddress = "{miner.address}"'
        config = written(tmp_path, f'[agent]\nrig = "hall"\n{own}')
        done = ended("once", "--json", "--rig", "hall", "--config", config)

    found = json.loads(done.stdout)
    assert (done.returncode, found["rig"]) == (0, "hall")
    assert {"host", "cards"} <= {source["source"] for source in found["sources"]}


def test_once_tells_every_machine_behind_the_gateway_the_worst_one_first(tmp_path: Path) -> None:
    answers = {"/summary": (CAPTURES / "trex" / "0.26__2x-gpu__dual" / "summary.raw").read_bytes()}
    miner = '[[miners]]\nname = "{0}-cards"\nrig = "{0}"\ndriver = "trex"\naddress = "{1}"\n'
    with FakeMiner(answers) as well, FakeMiner(mode=Mode.REFUSE) as silent:
        at = {"rig-10": well, "rig-2": well, "rig-11": silent}
        config = written(tmp_path, "".join(miner.format(name, one.address) for name, one in at.items()))
        table, as_json = (ended("once", "--rigs", *form, "--config", config) for form in ((), ("--json",)))

    rows = json.loads(as_json.stdout)
    assert (table.returncode, as_json.returncode) == (69, 69)
    assert [row["rig"] for row in rows] == ["rig-11", "rig-2", "rig-10"]
    assert [row["verdict"] for row in rows] == ["ill", "well", "well"]
    assert [line.split()[0] for line in table.stdout.splitlines()] == ["rig", "rig-11", "rig-2", "rig-10", "1"]
    assert "etchash 86.1 MH/s, blake3 619 MH/s" in table.stdout
    assert rows[1]["hashes_per_second"]["blake3"] == pytest.approx(619e6, rel=0.01)


def test_a_gateway_without_a_machine_is_told_so(tmp_path: Path) -> None:
    done = ended("once", "--rigs", "--config", written(tmp_path, ""))

    assert (done.returncode, done.stdout) == (78, "")
    assert "no machine stands behind this one" in done.stderr


def test_a_rig_cannot_have_the_name_of_this_machine(tmp_path: Path) -> None:
    config = written(
        tmp_path,
        '[agent]\nrig = "left"\n[[miners]]\nname = "a"\nrig = "left"\ndriver = "xmrig"\naddress = "10.0.0.9:1"',
    )
    done = ended("config", "check", "--config", config)

    assert done.returncode == 78
    assert 'rig = "left" is the name of this machine; leave rig away if this machine is meant' in done.stderr


def test_once_names_a_source_that_gives_nothing_and_prints_the_rest(tmp_path: Path) -> None:
    config = written(
        tmp_path,
        '[collectors.nvml]\nenabled = false\n[[miners]]\nname = "left"\ndriver = "xmrig"\naddress = "127.0.0.1:9"',
    )
    done = ended("once", "--json", "--config", config)
    table = ended("once", "--config", config)

    sources = {source["source"]: source for source in json.loads(done.stdout)["sources"]}
    assert done.returncode == table.returncode == 69
    assert sources["host"]["up"]
    assert (sources["left"]["up"], sources["left"]["reason"]) == (False, "unreachable")
    assert sources["left"]["said"].startswith("left: http://127.0.0.1:9: no connection")
    assert 'Is its API on? XMRig: "http": {"enabled": true' in sources["left"]["said"]
    assert "memory" in table.stdout
    assert "no reading: left:" in table.stdout
    assert "verdict: ill" in table.stdout
    told = json.loads(done.stdout)
    assert told["verdict"]["verdict"] == "ill"
    assert [one["reason"] for one in told["verdict"]["symptoms"]] == ["miner_down"]


def test_once_says_why_a_rig_cannot_be_judged(tmp_path: Path) -> None:
    config = written(
        tmp_path,
        "[discovery]\nenabled = false\n[collectors.nvml]\nenabled = false\n[collectors.amdgpu]\nenabled = false",
    )

    assert f"verdict: unknown: {NOTHING_READ}" in ended("once", "--config", config).stdout


def test_once_knows_what_is_planned(tmp_path: Path) -> None:
    off = '[collectors.nvml]\nenabled = false\n[[miners]]\nname = "left"\ndriver = "xmrig"\naddress = "127.0.0.1:9"\n'
    config = written(tmp_path, off + '[[planned_off]]\nstart = "00:00"\nend = "00:00"\n')

    assert "verdict: well, standing still as planned" in ended("once", "--config", config).stdout


def test_drivers_are_listed_for_programs() -> None:
    listed = json.loads(ended("drivers", "--json").stdout)

    assert {"name", "kind", "products", "default_port", "enable_api", "processes", "port_options"} <= listed[0].keys()
    assert {driver["name"] for driver in listed if driver["kind"] == "meter"} == {"json", "shelly", "tasmota"}
    assert [driver["name"] for driver in listed] == sorted(driver["name"] for driver in listed)
    by_name = {driver["name"]: driver for driver in listed}
    assert by_name["bminer"]["old"] is True
    assert "0.24.6" in by_name["trex"]["seen"]
    assert by_name["trex"]["only_read_about"] == "dual mining"


def test_drivers_are_listed_for_people() -> None:
    listed = ended("drivers").stdout

    assert "Bminer (http, port 1880, old)" in listed
    assert "API: on by default; --api-bind-http 127.0.0.1:4067, no --api-key" in listed
    assert "only read about: dual mining" in listed


def test_a_good_configuration_is_said_to_be_good(tmp_path: Path) -> None:
    done = ended("config", "check", "--config", written(tmp_path, "[agent]\ninterval_seconds = 5"))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("good: ")
    assert "money" not in done.stdout


def test_a_check_says_who_sees_money_where_there_is_any(tmp_path: Path) -> None:
    done = ended(
        "config", "check", "--config",
        written(tmp_path, '[tariff]\ncurrency = "EUR"\nprice_per_kilowatt_hour = "0.3"\n'),
    )  # fmt: skip

    assert done.returncode == 0
    assert "\nmoney and books are shown to nobody: name users in [http] books_users" in done.stdout


def test_the_token_is_not_shown(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("canary-token")
    token.chmod(0o600)
    config = written(
        tmp_path,
        '[[miners]]\nname = "a"\ndriver = "xmrig"\naddress = "127.0.0.1:9"\ntoken_file = "token"\n'
        "[collectors.nvml]\nenabled = false",
    )

    for arguments in (("config", "show"), ("config", "check"), ("once",), ("once", "--json")):
        done = ended(*arguments, "--config", config)
        assert "canary-token" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[[miners]]\nname = "a"\ndriver = "xmirg"', 'miner 1 (a): driver = "xmirg" is not known; did you mean "xmrig"?'),
        ('[[miners]]\nname = "a"\ndriver = "xmrig"', 'miner 1 (a): key "address" is missing, and XMRig has no usual port'),
        ('[[miners]]\nname = "a"\ndriver = "xmrig"\naddress = "ftp://x"', "miner 1 (a): address: 'ftp' is not a scheme"),
        ('[[miners]]\nname = "a"\ndriver = "xmrig"\naddress = "tcp://1.2.3.4:5"', "xmrig speaks http, not tcp"),
        ('[[miners]]\nname = "a"\ndriver = "p2pool"', "P2Pool has no usual directory; switch its API on (--data-api"),
        ('[[miners]]\nname = "a"\ndriver = "p2pool"\naddress = "http://1.2.3.4:5"', "p2pool speaks file, not http"),
        ('[[miners]]\nname = "a"\ndriver = "p2pool"\naddress = "api"', "'api' is not the whole path of a directory"),
        ("[agent]\ninterval_seconds = nan", "interval_seconds = nan is not a number"),
        ('[agent]\nstate_directory = "~no-such-user/x"', "that home directory is not known; write the whole path"),
        ('[agent]\nstate_directory = "/a\\u0000b"', "holds a NUL character"),
        ("a = " + "[" * 5000, "nested too deep"),
        ('[[miners]]\nname = "host"\ndriver = "trex"', 'name = "host" is the name of a collector'),
    ],
)  # fmt: skip
def test_a_bad_configuration_ends_every_command_with_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    config = written(tmp_path, text)

    for arguments in (("config", "check"), ("once",)):
        done = ended(*arguments, "--config", config)
        assert done.returncode == 78
        assert sentence in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert done.stdout == ""


@pytest.mark.parametrize("token", ["abc def", "abc\x01def", "abc\0def"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(tmp_path: Path, token: str) -> None:
    (tmp_path / "token").write_text(token)
    (tmp_path / "token").chmod(0o600)
    miner = '[[miners]]\nname = "a"\ndriver = "trex"\ntoken_file = "token"'

    done = ended("config", "check", "--config", written(tmp_path, miner))
    assert done.returncode == 78
    assert done.stderr.endswith("holds no token in plain ASCII; write it there on one line, without blanks\n")
    assert len(done.stderr.splitlines()) == 1
    assert "abc" not in done.stderr


@pytest.mark.e2e
@pytest.mark.parametrize("text", ["a = " + "[" * 5000, '[[miners]]\nname = "a"\ndriver = "trex"\ntoken_file = "token"'])
def test_the_service_ends_with_that_sentence_too(tmp_path: Path, text: str) -> None:
    (tmp_path / "token").write_text("abc\0def")
    (tmp_path / "token").chmod(0o600)
    config = written(tmp_path, text)
    started = [sys.executable, "-m", "miner_agent", "run", "--config", config]
    done = subprocess.run(started, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr == ended("config", "check", "--config", config).stderr


def test_a_wrong_option_ends_with_2() -> None:
    assert ended("once", "--jsno").returncode == 2
    assert ended("onec").returncode == 2
