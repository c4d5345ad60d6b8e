"""Every command that asks a running rig or its files, in each of its forms, while the demo runs."""

import json
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest

from miner_agent.cli.support.running_demo import running_demo
from tests.agent import Agent
from tests.cli.every_command import LEAVES, flags, printed, required
from tests.for_each import for_each
from tests.waiting import until

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]
DEVICE = "0000:03:00.0"
PAYOUT = "invented-RVN-14"
EARNS = "a day after power"
ASKED: dict[str, tuple[str, ...]] = {
    "status": (),
    "doctor": (),
    "config check": (),
    "devices list": (),
    "alerts list": (),
    "alerts silences": (),
    "log stats": ("--since", "1h"),
    "log show": (DEVICE, "--since", "1h"),
    "log cost": ("--kwh-price", "0.2"),
    "log market": (),
    "log decisions": ("--since", "1h"),
    "ledger list": (),
    "ledger show": (PAYOUT,),
    "ledger verify": (),
    "ledger reconcile": (),
    "lots list": (),
    "energy report": (),
    "payouts report": (),
    "tax summary": (),
    "tax form-8949": (),
    "tax export": ("beancount",),
    "rules export": (),
    "fleet status": ("--prometheus", "http://127.0.0.1:1"),
}
"""What is given to each; those of the tax have a year as well."""
FORMS = ("--json", "--csv", "--slots")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A configuration that leads to the demo."""
    folder = tmp_path_factory.mktemp("demo")
    environment = {"MINER_AGENT__HTTP__LISTEN": "127.0.0.1:0", "TMPDIR": str(folder)}
    with Agent(folder, environment=environment, command=("demo", "--profile", "farm")) as agent:
        agent.wait_until(lambda page: page.get('rig_verdict{verdict="well"}') == 1.0)
        (state,) = folder.glob("miner-agent-demo-*/state")
        config = folder / "asking.toml"
        until((state.parent / "config.toml").exists, seconds=60, every_seconds=0.1)
        laid = (state.parent / "config.toml").read_text()
        assert '"127.0.0.1:0"' in laid
        config.write_text(laid.replace("127.0.0.1:0", agent.url.removeprefix("http://")))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MINER_AGENT_CONFIG", str(config))
            until(is_written, seconds=60, every_seconds=0.5)
        yield config


def is_written() -> bool:
    """The demo has begun its books and its log, and has computed what it earns."""
    log = printed(["log", "show", DEVICE, "--since", "1h", "--json"])[1].strip()
    return printed(["ledger", "show", PAYOUT])[0] == 0 and log not in {"", "[]"} and EARNS in printed(["top"])[1]


@for_each("name", [*ASKED])
def test_each_command_answers_about_the_demo_in_each_form(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("MINER_AGENT_CONFIG", str(demo))
    year = ("--year", json.loads(printed(["ledger", "list", "--json"])[1])[-1]["time"][:4])
    for number, form in enumerate(["", *(flag for flag in flags(LEAVES[name]) if flag in FORMS)]):
        written = [word for option in required(name) for word in (option, str(tmp_path / f"{name}{number}"))]
        words = [*name.split(), *ASKED[name], *(year if name.startswith("tax ") else ()), *written, *form.split()]
        code, out, said = printed(words)

        assert "Traceback" not in out + said
        if name == "fleet status":  # no Prometheus stands beside the demo
            assert (code, out) == (69, "")
            continue
        assert code in {0, 3}, (words, said)
        assert out.strip() or said.strip()
        if form == "--json":
            json.loads(out)


def commands_of_readme() -> list[str]:
    (block,) = re.findall(
        r"```sh\nexport MINER_AGENT_CONFIG=.*?\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
    )
    return [line.partition("#")[0].strip().removeprefix(".venv/bin/miner-agent ") for line in block.splitlines()]


def test_a_new_user_is_answered_what_the_readme_asks_of_the_demo(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINER_AGENT_CONFIG", str(demo))
    answered = {line: printed(shlex.split(line)) for line in commands_of_readme()}
    status, top, profit, cost, stats = (out for _, out, _ in answered.values())
    last_month = datetime.now(UTC).replace(day=1) - timedelta(days=1)

    assert {code for code, _, _ in answered.values()} <= {0, 3}  # that it is ill is an answer
    assert re.search("^demo: ", status, re.MULTILINE)
    assert EARNS in top
    assert re.search(r"breaks even at [0-9.]+ EUR/kWh or at [0-9.]+ EUR/[A-Z]+", profit)
    assert f"Energy from {last_month:%Y-%m}-01 00:00" in cost
    (in_all,) = re.findall(r"^in all +([\d,.]+) kWh +([\d,.]+)", cost, re.MULTILINE)
    assert all(float(figure.replace(",", "")) > 100 for figure in in_all)
    assert f"{last_month:%Y-%m}-01 00:00" in stats


@for_each("words", ["profit", "what-if", "hours"])
def test_what_would_have_to_read_the_demo_s_cards_says_who_tells_what_they_leave(demo: Path, words: str) -> None:
    code, out, said = printed([words, "--config", str(demo)])

    assert (code > 0, out) == (True, "")
    assert "What the demo's own rig leaves, its agent says: miner-agent top" in unwrapped(said)


def test_where_nothing_is_recorded_the_demo_that_runs_is_named(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (laid,) = demo.parent.glob("miner-agent-demo-*/config.toml")
    monkeypatch.setattr("tempfile.tempdir", str(demo.parent))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("MINER_AGENT_CONFIG", raising=False)
    for words in ("log stats", "log cost --kwh-price 0.3", "alerts list"):
        code, out, said = printed(words.split())
        assert (code > 0, out) == (True, "")
        assert f"A demo runs here: --config {laid} asks about its rig" in unwrapped(said)


def test_neither_a_demo_that_was_killed_nor_a_link_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "miner-agent-demo-dead"
    (folder / "state").mkdir(parents=True)
    (folder / "state" / "lock").touch()
    (folder / "config.toml").touch()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    assert running_demo() is None
    with (folder / "state" / "lock").open() as lock:
        flock(lock, LOCK_EX)
        assert running_demo() == folder / "config.toml"
        folder.rename(tmp_path / "elsewhere")
        folder.symlink_to(tmp_path / "elsewhere")  # as anybody could, and let it lead to another configuration later
        assert running_demo() is None


def unwrapped(text: str) -> str:
    return " ".join(text.split())
