"""Secrets of many kinds, planted wherever the agent is trusted with one or told one: after a run in which everything fails, nowhere."""

import json
import stat
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from exporters.tax.formats import FORMATS
from tests.agent import Agent
from tests.cli.every_command import ended
from tests.fake_feeds import FakeFeeds
from tests.fake_http import FakeMiner
from tests.fake_logins import FakeSessionMiner
from tests.fake_sockets import FakeTcpMiner
from tests.fakes import LoopbackFake, Mode
from tests.payouts.fake_pools import FakePool
from tests.payouts.test_syncing import nanopool
from tests.web.tls_clients import HASH, PASSWORD, basic

XMRIG = Path(__file__).parents[1] / "captures" / "xmrig" / "6.21__2x-gpu__mining"
SECRETS = {
    "a token that is refused": "zQ7Refused",
    "a token that is sent back": "zQ7Echoed",
    "a token of systemd": "zQ7Systemd",
    "a password in a command": "zQ7Command",
    "a password of a login": "zQ7Login",
    "a session": "zQ7Session",
    "the key of a feed": "zQ7FeedKey",
    "a key in a question": "zQ7Question",
    "a password that a miner tells": "zQ7Told",
    "a password in a pool's address": "zQ7PoolPass",
    "a configured wallet": "4zQ7Wallet" + 85 * "A",
    "a wallet that a pool is asked by": "4zQ7Asked" + 86 * "C",
    "a told wallet": "4zQ7Heard" + 86 * "B",
    "a password behind a configured worker": "zQ7Worker",
    "a proxy of the environment": "zQ7Proxy",
    "a hash of a password": HASH,
    "a password of a user": PASSWORD,
    "user and password of a node": "zQ7Node:zQ7NodePass",
    "a password that a pool tells": "zQ7PoolTold",
    "the address of a webhook": "zQ7Hook",
    "the secret of a webhook": "zQ7Signing",
    "the address of a sign of life": "zQ7Life",
    "a password in an address of Apprise": "zQ7Apprise",
}
SENT = {kind for kind in SECRETS if kind.startswith(("a token", "a password in a command", "a password of a login"))}
NODE = "user and password of a node"
ALERTS = (
    ("alerts", "test", "hook"),
    ("alerts", "test", "apprise"),
    ("alerts", "test", "dead-man"),
    ("alerts", "list", "--json"),
)
CHANNELS = ("hook", "apprise", "log", "dead-man")
TAKEN = 'rig_agent_notifications_total{{channel="{}"}}'
ADDRESSES = {"the address of a webhook", "the address of a sign of life"}
OF_TEST_ALONE = {"a proxy of the environment"}  # the test itself has put it into the environment of the process
LOUD = """
import itertools, logging
from exporters.prometheus import Renderer
from miner_agent.cli import main
from miner_agent.service import logs
from miner_agent.tick import digest

set_up = logs.set_up

def at_debug(**given):
    set_up(**given)
    for name in ("", "apscheduler", "asyncio", "urllib3", "requests"):
        logging.getLogger(name).setLevel(logging.DEBUG)

def failing(once):
    calls = itertools.count()
    def fails(*told, **more):
        if next(calls) < 3:
            raise RuntimeError(f"forced: {told!r} {more!r}")
        return once(*told, **more)
    return fails

logs.set_up = at_debug
Renderer.render = failing(Renderer.render)
digest.take_inventory = failing(digest.take_inventory)
main()
"""


def pages_of_xmrig() -> dict[str, bytes]:
    """What it tells, with what it should not: tokens that it was sent, whom it mines for and with which password."""
    summary = json.loads((XMRIG / "summary.raw").read_bytes())
    summary["worker_id"] = f"rig:{SECRETS['a password that a miner tells']}"
    summary["ua"] = f"XMRig {SECRETS['a token that is sent back']}"
    password = SECRETS["a password in a pool's address"]
    summary["connection"]["pool"] = f"stratum+tcp://{SECRETS['a told wallet']}.rig:{password}@pool.example:3333"
    return {"/2/summary": json.dumps(summary).encode(), "/2/backends": (XMRIG / "backends.raw").read_bytes()}


def history_of_a_pool(path: str, _body: bytes) -> dict[str, object] | None:
    """Payouts, with what a pool has no reason to tell; of whoever asks for the account that is configured."""
    if SECRETS["a wallet that a pool is asked by"] not in path:
        return None
    row = {"date": 1556712000, "txHash": f"{1:064x}", "amount": 0.1, "confirmed": True}
    return nanopool(row | {"password": SECRETS["a password that a pool tells"]})


def secret_file(folder: Path, name: str, secret: str) -> Path:
    file = folder / name
    file.write_text(f"{SECRETS[secret]}\n")
    file.chmod(0o600)
    return file


@contextmanager
def configured(folder: Path) -> Iterator[tuple[str, dict[str, LoopbackFake], list[FakePool]]]:
    """A configuration with everything in it that takes a secret, and those whom it is asked of."""
    with ExitStack() as stack:
        told = stack.enter_context(FakeMiner(pages_of_xmrig()))
        refused = stack.enter_context(
            FakeMiner({"/2/summary": SECRETS["a token that is refused"].encode()}, status="401 Unauthorized")
        )
        echoing = stack.enter_context(FakeMiner(mode=Mode.ECHO))
        command = stack.enter_context(FakeTcpMiner())
        command.answers_anything = json.dumps({"error": SECRETS["a password in a command"], "result": None}).encode()
        login = stack.enter_context(
            FakeSessionMiner({}, password=SECRETS["a password of a login"], tokens=[SECRETS["a session"]] * 9)
        )
        feeds = stack.enter_context(FakeFeeds())
        pool = stack.enter_context(FakePool(history_of_a_pool))
        hooks = stack.enter_context(FakePool(lambda path, body: {"you asked": path, "and said": body.decode()}))
        for name, address in {
            "hook": f"{hooks.url}/{SECRETS['the address of a webhook']}?key={SECRETS['the address of a webhook']}",
            "life": f"{hooks.url}/{SECRETS['the address of a sign of life']}",
            "apprise": f"json://alice:{SECRETS['a password in an address of Apprise']}@{hooks.url.removeprefix('http://')}/x",
        }.items():
            (folder / name).touch(mode=0o600)
            (folder / name).write_text(f"{address}\n")
        keys = [
            secret_file(folder, name, secret)
            for name, secret in (
                ("refused", "a token that is refused"),
                ("echoed", "a token that is sent back"),
                ("command", "a password in a command"),
                ("login", "a password of a login"),
                ("feed", "the key of a feed"),
                ("question", "a key in a question"),
                ("node", NODE),
                ("signing", "the secret of a webhook"),
            )
        ]
        users = folder / "web.yml"
        users.touch(mode=0o600)
        users.write_text(f'basic_auth_users:\n  alice: "{HASH}"\n')
        config = f"""
[agent]
interval_seconds = 1
[http]
listen = "127.0.0.1:0"
web_config_file = "web.yml"
books_users = ["alice"]
[collectors.nvml]
enabled = false
[[miners]]
name = "told"
driver = "xmrig"
address = "{told.address}"
token_file = "{keys[1]}"
account = "{SECRETS["a configured wallet"]}"
worker = "rig:{SECRETS["a password behind a configured worker"]}"
pool = "stratum+tcp://{SECRETS["a configured wallet"]}:{SECRETS["a password in a pool's address"]}@pool.example:3333"
[[miners]]
name = "refused"
driver = "xmrig"
address = "{refused.address}"
token_file = "{keys[0]}"
[[miners]]
name = "echoing"
driver = "xmrig"
address = "{echoing.address}"
token_file = "of-systemd"
[[miners]]
name = "command"
driver = "claymore"
address = "{command.address}"
token_file = "{keys[2]}"
[[miners]]
name = "login"
driver = "braiins"
address = "{login.address}"
token_file = "{keys[3]}"
[[payouts]]
pool = "nanopool"
coin = "XMR"
account = "{SECRETS["a wallet that a pool is asked by"]}"
wallet = "mine"
base_url = "{pool.url}"
[[payouts]]
pool = "bitcoind"
coin = "BTC"
account = "label"
wallet = "own"
base_url = "{pool.url}"
key_file = "{keys[6]}"
[profit]
coins = ["RVN"]
[tariff]
currency = "EUR"
price_per_kilowatt_hour = "0.3"
[[feeds]]
feed = "minerstat"
base_url = "{feeds.url}"
key_file = "{keys[4]}"
[[feeds]]
feed = "entsoe"
base_url = "{feeds.url}"
key_file = "{keys[5]}"
parameters = {{ area = "10Y1001A1001A82H" }}
[alerts]
evaluate_seconds = 1
group_wait_seconds = 0
[[alerts.rules]]
alert = "MinerDown"
for_seconds = 0
[[alerts.channels]]
name = "log"
kind = "journal"
[[alerts.channels]]
name = "hook"
kind = "webhook"
url_file = "hook"
secret_file = "signing"
[[alerts.channels]]
name = "apprise"
kind = "apprise"
url_file = "apprise"
[alerts.dead_man]
url_file = "life"
interval_seconds = 1
"""
        asked = {"told": told, "refused": refused, "echoing": echoing, "command": command, "login": login}
        yield config, asked, [pool, hooks]


def found_in(text: str | bytes, *, but: Collection[str] = ()) -> list[str]:
    told = text if isinstance(text, bytes) else text.encode(errors="surrogateescape")
    return [kind for kind, secret in SECRETS.items() if kind not in but and secret.encode() in told]


def files_in(folder: Path) -> Iterator[tuple[str, str]]:
    """What stands in each file that was written, and in each part of a workbook."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        raw = file.read_bytes()
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as parts:
                raw = b"\n".join(parts.read(name) for name in parts.namelist())
        yield file.relative_to(folder).as_posix(), f"{file.name}\n{raw.decode(errors='surrogateescape')}"


def recordings(folder: Path, asked: Mapping[str, LoopbackFake]) -> dict[str, str]:
    """What ``record`` says and writes of each miner, asked with its token."""
    found = {}
    for driver, name, token in (
        ("xmrig", "told", "echoed"),
        ("xmrig", "refused", "refused"),
        ("xmrig", "echoing", "echoed"),
        ("claymore", "command", "command"),
        ("braiins", "login", "login"),
    ):
        out = folder / f"recorded-{name}"
        done = ended("record", driver, asked[name].address, "--token-file", str(folder / token), "--out", str(out))
        found[f"record {name}"] = f"{done.stdout}\n{done.stderr}"
        found |= {f"record {name}: {file}": text for file, text in files_in(out)}
    return found


def exports(folder: Path, state: Path, given: tuple[str, ...]) -> dict[str, str]:
    """What the commands of the books say and write once the pools were asked."""
    place, found = (*given, "--state-dir", str(state)), {}
    for words in (
        ("payouts", "sync"),
        ("ledger", "list", "--json"),
        ("ledger", "reconcile"),
        ("tax", "summary", "--year", "all"),
        *(("tax", "export", word, "--year", "all", "--out", str(folder / word)) for word in FORMATS),
    ):
        done = ended(*words, *place)
        name = " ".join(words[:3])
        found[name] = f"{done.stdout}\n{done.stderr}"
        if "export" in words:
            assert done.returncode == 0, done.stderr
            found |= {f"{name}: {file}": text for file, text in files_in(folder / words[2])}
    return found


@pytest.mark.e2e
def test_what_the_agent_is_trusted_with_is_nowhere_after_a_run_in_which_all_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir(0o700)
    secret_file(credentials, "of-systemd", "a token of systemd")
    environment = {
        "CREDENTIALS_DIRECTORY": str(credentials),
        "http_proxy": f"http://user:{SECRETS['a proxy of the environment']}@127.0.0.1:9",
    }
    with configured(tmp_path) as (config, asked, (pool, hooks)):
        alice = basic("alice", PASSWORD)
        with Agent(tmp_path, config, environment=environment, program=("-c", LOUD), authorization=alice) as agent:
            agent.wait_until(lambda page: any(name.startswith("rig_miner_up") for name in page))
            agent.wait_until(lambda page: any(name.startswith("rig_market") and "RVN" in name for name in page), 30)
            agent.wait_until(lambda page: any(name.startswith("rig_agent_database_last_write") for name in page))
            agent.wait_until(lambda page: any(name.startswith("rig_profit_") for name in page), 30)
            agent.wait_until(lambda page: all(page.get(TAKEN.format(one), 0) >= 1 for one in CHANNELS), 30)
            ours = [psutil.Process(agent.process.pid), *psutil.Process(agent.process.pid).children(recursive=True)]
            told = {f"arguments of {one.pid}": "\0".join(one.cmdline()[3:]) for one in ours}
            surroundings = {f"environment of {one.pid}": "\0".join(one.environ().values()) for one in ours}
            told |= {path: agent.get(path) for path in ("/metrics", "/", "/-/ready", "/-/verdict")}
        told["log"] = "\n".join(agent.lines)
        held = [file for file in agent.state.rglob("*") if file.is_file()]
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        given = ("--config", str(agent.config))
        for words in (
            ("config", "show"),
            ("config", "check"),
            ("once", "--json"),
            ("once",),
            ("doctor", "--json"),
            *ALERTS,
        ):
            done = ended(*words, *given)
            told[" ".join(words)] = f"{done.stdout}\n{done.stderr}"
        told |= recordings(tmp_path, asked) | exports(tmp_path, agent.state, given)
        sent = found_in(b"".join(request for fake in asked.values() for request in fake.received))

    assert basic(*SECRETS[NODE].split(":")) in [each.get("Authorization") for each in pool.headers]
    assert {"record told: summary.raw", "record command: getstat1.raw"} <= told.keys()
    assert len([name for name in told if name.startswith("tax export json: ") and f"{1:064x}" in told[name]]) == 1, (
        sorted(told)
    )
    assert set(sent) >= SENT
    assert {path.partition("?")[0] for _, path, _ in hooks.asked} >= {f"/{SECRETS[one]}" for one in ADDRESSES}
    assert basic("alice", SECRETS["a password in an address of Apprise"]) in [
        each.get("Authorization") for each in hooks.headers
    ]
    assert "forced: " in told["log"]
    assert "pool.example" in told["/metrics"]
    assert "alert: critical: " in told["log"]
    assert {place: hits for place, text in told.items() if (hits := found_in(text))} == {}
    assert {place: hits for place, text in surroundings.items() if (hits := found_in(text, but=OF_TEST_ALONE))} == {}
    assert {str(file): hits for file in held if (hits := found_in(file.read_bytes()))} == {}
    assert {str(file) for file in held if stat.S_IMODE(file.stat().st_mode) & 0o077} == set()
    assert stat.S_IMODE(agent.state.stat().st_mode) == 0o700
