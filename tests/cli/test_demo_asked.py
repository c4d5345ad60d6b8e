"""Every command that asks a running rig or its files, in each of its forms, while the demo runs."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent import Agent
from tests.cli.every_command import LEAVES, flags, printed, required
from tests.for_each import for_each
from tests.waiting import until

pytestmark = pytest.mark.e2e
DEVICE = "0000:03:00.0"
PAYOUT = "invented-RVN-14"
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
        listens = agent.url.removeprefix("http://")
        config.write_text(f'[agent]\nrig = "demo"\nstate_directory = "{state}"\n[http]\nlisten = "{listens}"\n')
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MINER_AGENT_CONFIG", str(config))
            until(is_written, seconds=60, every_seconds=0.5)
        yield config


def is_written() -> bool:
    """The demo has begun its books and its log."""
    log = printed(["log", "show", DEVICE, "--since", "1h", "--json"])[1].strip()
    return printed(["ledger", "show", PAYOUT])[0] == 0 and log not in {"", "[]"}


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
