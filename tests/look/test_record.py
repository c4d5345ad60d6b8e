"""Recordings: what is masked, what stays, and that the agent runs on them."""

import dataclasses
import json
import re
import shutil
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner_agent import drivers
from miner_agent.errors import BadPayload
from miner_agent.look import record
from miner_agent.sources.payload import Payloads
from tests.agent import Agent, with_label
from tests.captured import cases
from tests.certificates import ONE, speaking
from tests.cli.every_command import printed
from tests.configured import driver_of
from tests.fake_http import FakeMiner
from tests.for_each import for_each

CAPTURES = Path(__file__).parents[1] / "captures"
XMRIG = CAPTURES / "xmrig" / "6.21__2x-gpu__mining"
SECRETS = {
    "wallet": "0x52908400098527886E0F7030069857D2E4169EE7",
    "long wallet": "4" + "Ab3" * 31 + "x",
    "bech32": "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
    "password": "hunter2-canary",
    "worker": "garage-rig-7",
    "mail": "owner.name@mail.example",
    "host": "pool.secret-place.example",
    "mac": "02:1A:2B:3C:4D:5E",
    "token": "canary-token-7c1f",
}
DOCUMENTS = [
    '{{"wallet":"{wallet}","pass":"{password}","worker":"{worker}","hostname":"{worker}","macAddr":"{mac}"}}',
    '{{"url":"stratum+tcp://{wallet}.{worker}:{password}@{host}:4444","user":"{wallet}.{worker}/{mail}"}}',
    '{{"POOLS":[{{"URL":"stratum+ssl://{host}:443","User":"{long wallet}.{worker}"}}],"stratumUser":"{bech32}"}}',
    '{{"result":["15.0","{host}:9999;10.0.0.7:3333","{wallet}"],"access_token":"{token}"}}',
    "POOL={host}:3333;URL=stratum+tcp://{host}:3333;USER={wallet}.{worker};PASS={password};DIFF=4.0|",
    '{{"miner-sn":"{worker}","pcbsn0":"{password}","ip":"10.0.0.7","account":"{wallet}.{worker}"}}',
    '{{"workers":["10.0.0.7:51000,172700,330000,11000,{worker}","10.0.0.8:51001,60,1,0,{wallet}.\\u0007{worker}"]}}',
    '{{"workers":[["{worker}","10.0.0.7",2,300],["{wallet}.{worker}","10.0.0.8",1,200]]}}',
    '{{"Current_User":"{worker}","PCB SN":"{token}","Mining_Wallet":"{worker}","pool login":"{worker}"}}',
    '{{"note":"said back: {token}","mail":"{mail}","rig_name":"{worker}"}}',
]


@for_each("document", DOCUMENTS)
def test_what_identifies_the_owner_is_masked_in_place(document: str) -> None:
    raw = document.format(**SECRETS).encode()
    found, kinds = record.masked(raw, secrets=[SECRETS["token"]])

    assert len(found) == len(raw)
    assert kinds
    for secret in SECRETS.values():
        assert secret.encode() not in found
    if raw.startswith(b"{"):
        assert json.loads(found).keys() == json.loads(raw).keys()
    assert record.masked(found)[0] == found


def test_what_a_driver_needs_stays() -> None:
    raw = b'{"hashrate":25780000,"version":"0.26.8","pci_bus":10,"name":"RTX 3070","uptime":6012,"temp":"72;47;72;47"}'

    assert record.masked(raw) == (raw, [])


@given(st.binary(max_size=300))
def test_any_bytes_are_masked_to_the_same_length(raw: bytes) -> None:
    assert len(record.masked(raw)[0]) == len(raw)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["user", "pass", "url", "x"]), inner),
        max_leaves=8,
    )
)
def test_json_stays_json(document: Any) -> None:
    for ascii_only in (True, False):
        try:
            raw = json.dumps(document, ensure_ascii=ascii_only).encode()
        except UnicodeEncodeError:
            continue
        assert shape(json.loads(record.masked(raw)[0])) == shape(document)


def shape(value: Any) -> Any:
    """What is left of a document when its texts are left away."""
    if isinstance(value, dict):
        return [shape(held) for held in value.values()]
    if isinstance(value, list):
        return [shape(held) for held in value]
    return "" if isinstance(value, str) else value


def numbers(value: object) -> Any:
    """All that a reading holds, but for its texts."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        told_by_a_user = {"dev_fee", "is_fee"}  # which masking hides
        fields = (field.name for field in dataclasses.fields(value) if field.name not in told_by_a_user)
        return {name: numbers(getattr(value, name)) for name in fields}
    if isinstance(value, tuple):
        return tuple(numbers(item) for item in value)
    return None if isinstance(value, str) else value


@for_each(
    "home",
    sorted(file.parent for name in drivers.names() for file in CAPTURES.glob(f"{name}/*/expected.json")),
    ids=lambda home: "/".join(home.parts[-2:]),
)
def test_masking_changes_no_number_that_a_driver_reads(home: Path) -> None:
    driver = driver_of(home)
    raw = {file.stem: file.read_bytes() for file in home.glob("*.raw")}
    hidden = {name: record.masked(answer)[0] for name, answer in raw.items()}

    assert numbers(driver.read(Payloads(hidden))) == numbers(driver.read(Payloads(raw)))


def test_masking_real_answers_changes_no_number(captured: Path) -> None:
    for case in cases(captured):
        hidden = {name: record.masked(answer)[0] for name, answer in case.raw.items()}
        try:
            whole = case.driver.read(Payloads(case.raw))
        except BadPayload:
            continue
        assert numbers(case.driver.read(Payloads(hidden))) == numbers(whole), case.name


@pytest.mark.thorough
@pytest.mark.parametrize("again", [b"a", b"a.", b"://", b"a@", b'"user', b"0a", b"a-", b"\\", b"02:", b"1."])
@pytest.mark.parametrize("size", [2**17, pytest.param(2**20, marks=pytest.mark.thorough)])
def test_a_hostile_megabyte_is_masked_all_the_same(again: bytes, size: int) -> None:
    raw = again * (size // len(again))

    assert len(record.masked(raw)[0]) == len(raw)


def test_a_recording_says_what_it_is(tmp_path: Path) -> None:
    driver = drivers.load("xmrig")
    kinds = record.write(
        tmp_path / "new",
        driver,
        {"summary": b'{"user":"me"}'},
        day=date(2026, 5, 4),
        software='xm"rig\\ 6',
        secrets=["x"],
    )

    assert kinds == ["named"]
    assert tomllib.loads((tmp_path / "new" / "meta.toml").read_text()) == {
        "origin": "recorded",
        "driver": "xmrig",
        "written": date(2026, 5, 4),
        "source": 'xm"rig\\ 6',
        "masked": ["named"],
    }
    assert (tmp_path / "new" / "summary.raw").read_bytes() == b'{"user":"xx"}'


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "miner_agent", *arguments], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.e2e
def test_what_was_recorded_is_replayed_by_the_whole_agent(tmp_path: Path) -> None:
    pages = {"/2/summary": (XMRIG / "summary.raw").read_bytes(), "/2/backends": (XMRIG / "backends.raw").read_bytes()}
    with FakeMiner(pages) as miner:
        done = run("record", "xmrig", miner.address, "--out", str(tmp_path / "one"))
    assert done.returncode == 0, done.stderr
    assert "2 of 2 answers" in done.stdout

    environment = {"MINER_AGENT__HTTP__LISTEN": "127.0.0.1:0"}
    with Agent(tmp_path, environment=environment, command=("replay", str(tmp_path / "one"))) as agent:
        page = agent.wait_until(lambda page: with_label(page, "rig_miner_up", miner="xmrig"))
        assert with_label(page, "rig_miner_up", miner="xmrig") == {'rig_miner_up{miner="xmrig"}': 1.0}
        assert with_label(page, "rig_miner_hashrate_hashes_per_second", miner="xmrig")
        assert not any(name.startswith(("rig_host_info", "rig_host_memory")) for name in page)
        assert agent.stop()[0] == 0


@pytest.mark.e2e
def test_a_miner_with_a_certificate_of_its_own_is_recorded_once_its_fingerprint_is_named(tmp_path: Path) -> None:
    miner = FakeMiner({"/2/summary": (XMRIG / "summary.raw").read_bytes()})
    miner.tls = speaking(ONE)
    with miner:
        unknown = run("record", "xmrig", miner.address, "--out", str(tmp_path / "one"))
        assert unknown.returncode == 69
        named = re.search('tls_fingerprint_sha256 = "([0-9a-f]{64})"', unknown.stderr)
        assert named is not None
        option = "--tls-fingerprint-sha256"
        done = run("record", "xmrig", miner.address, option, named[1], "--out", str(tmp_path / "one"))
        assert (done.returncode, done.stderr.splitlines()[1:]) == (0, [])
        odd = run("record", "xmrig", miner.address, option, "0x12", "--out", str(tmp_path / "two"))
        assert odd.returncode == 2
        assert "64 digits" in odd.stderr


@pytest.mark.e2e
def test_every_capture_of_ours_is_replayed_together(tmp_path: Path) -> None:
    environment = {"MINER_AGENT__HTTP__LISTEN": "127.0.0.1:0"}
    with Agent(tmp_path, environment=environment, command=("replay", str(CAPTURES / "xmrig"))) as agent:
        page = agent.wait_until(lambda page: with_label(page, "rig_miner_up"))
        names = ["xmrig", *(f"xmrig-{n}" for n in range(2, 1 + len([*(CAPTURES / "xmrig").iterdir()])))]
        assert set(with_label(page, "rig_miner_up")) == {f'rig_miner_up{{miner="{name}"}}' for name in names}


@pytest.mark.e2e
def test_meters_are_recorded_and_replayed_as_they_were_configured(tmp_path: Path) -> None:
    plug = CAPTURES / "shelly" / "1.4__plus-plug__one-socket"
    with FakeMiner({"/rpc/Shelly.GetStatus": (plug / "status.raw").read_bytes()}) as meter:
        done = run("record", "shelly", meter.address, "--out", str(tmp_path / "all" / "plug"))
    assert done.returncode == 0, done.stderr
    shutil.copytree(CAPTURES / "json" / "generic__kilowatts__nested", tmp_path / "all" / "json" / "generic")

    environment = {"MINER_AGENT__HTTP__LISTEN": "127.0.0.1:0"}
    with Agent(tmp_path, environment=environment, command=("replay", str(tmp_path / "all"))) as agent:
        page = agent.wait_until(lambda page: with_label(page, "rig_meter_power_watts"))
        assert with_label(page, "rig_meter_power_watts") == {
            'rig_meter_power_watts{meter="json"}': 1204.5, 'rig_meter_power_watts{meter="shelly"}': 1284.6
        }  # fmt: skip


@pytest.mark.e2e
def test_files_are_recorded_and_replayed(tmp_path: Path) -> None:
    shutil.copytree(CAPTURES / "p2pool" / "4.2__main__two-miners", tmp_path / "capture")
    for folder, file, request in (("local", "p2p", "p2p"), ("local", "stratum", "stratum"), ("pool", "stats", "pool")):
        (tmp_path / "api" / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "api" / folder / file).write_bytes((tmp_path / "capture" / f"{request}.raw").read_bytes())
    done = run("record", "p2pool", f"file://{tmp_path / 'api'}", "--out", str(tmp_path / "one"))
    assert done.returncode == 0, done.stderr
    assert "3 of 3 answers" in done.stdout

    environment = {"MINER_AGENT__HTTP__LISTEN": "127.0.0.1:0"}
    with Agent(tmp_path, environment=environment, command=("replay", str(tmp_path / "one"))) as agent:
        page = agent.wait_until(lambda page: with_label(page, "rig_miner_workers_connected"))
        assert with_label(page, "rig_miner_workers_connected") == {'rig_miner_workers_connected{miner="p2pool"}': 3.0}


@pytest.mark.e2e
def test_an_answer_that_cannot_be_read_is_recorded_all_the_same(tmp_path: Path) -> None:
    with FakeMiner({"/2/summary": b"<html>"}) as miner:
        done = run("record", "xmrig", miner.address, "--out", str(tmp_path / "one"))

    assert done.returncode == 69
    assert "cannot be read yet" in done.stderr
    assert (tmp_path / "one" / "summary.raw").read_bytes() == b"<html>"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("record", "xmirg", "127.0.0.1:1", "--out", "new"), 78, 'did you mean "xmrig"?'),
        (("record", "xmrig", "nowhere:at:all", "--out", "new"), 78, "stands in brackets"),
        (("record", "xmrig", "127.0.0.1:1", "--out", "."), 2, "is there already"),
        (("record", "xmrig", "127.0.0.1:1", "--out", "new"), 69, "no connection"),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ended, _, said = printed(arguments)

    assert ended == code
    assert re.search(sentence.replace("?", r"\?"), said)
    assert not (tmp_path / "new").exists()


@pytest.mark.e2e
@pytest.mark.parametrize(("folder", "sentence"), [("nowhere", "is no folder"), ("", "holds no meta.toml")])
def test_what_cannot_be_replayed_is_said(tmp_path: Path, folder: str, sentence: str) -> None:
    done = run("replay", str(tmp_path / folder))

    assert done.returncode == 78
    assert sentence in done.stderr


@pytest.mark.e2e
def test_files_are_recorded_as_answers_of_programs_are(tmp_path: Path) -> None:
    wallet = SECRETS["long wallet"]
    answers = {
        "local/p2p": '{"connections": 10, "uptime": 600}',
        "local/stratum": json.dumps({"connections": 1, "hashrate_15m": 9000, "wallet": wallet}),
        "pool/stats": '{"pool_statistics": {"sidechainDifficulty": 100000}}',
    }
    for path, answer in answers.items():
        (tmp_path / "api" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "api" / path).write_text(answer, encoding="utf-8")
    done = run("record", "p2pool", str(tmp_path / "api"), "--out", str(tmp_path / "recorded"))

    assert done.returncode == 0, done.stderr
    assert {file.name for file in (tmp_path / "recorded").glob("*.raw")} == {"p2p.raw", "stratum.raw", "pool.raw"}
    assert wallet not in (tmp_path / "recorded" / "stratum.raw").read_text(encoding="utf-8")
