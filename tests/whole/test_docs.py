"""The documentation says what is there, all of it, as it is now."""

import os
import re
import shlex
import shutil
import struct
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from miner_agent import drivers
from miner_agent.cli.first_level import cli
from miner_agent.cli.support.needed_config import NEEDS
from miner_agent.config import configuration, loading
from miner_agent.tables.sample_history import sample_history
from tests import databases
from tests.agent_pages import WELL, agent_pages, own
from tests.cli import every_command
from tests.cli.ordinary_asked import OrdinaryUser
from tests.cli.profit_asked import slots_of
from tests.fake_http import FakeMiner
from tests.fake_prometheus import FakePrometheus, of_a_fleet
from tests.for_each import for_each
from tests.payouts.fake_pools import FakePool
from tools import alert_docs, api_doc, drivers_table, metrics_doc, screenshots

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
COMMANDS, CONFIGURATION, DRIVERS = (
    (ROOT / "docs" / f"{name}.md").read_text() for name in ("commands", "configuration", "drivers")
)


GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))


def pages() -> list[Path]:
    """What users read; runbooks are made of the table of alerts."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *GUIDES]


def commands() -> list[str]:
    found = []
    for name, command in ((name, cli.get_command(None, name)) for name in cli.list_commands(None)):  # type: ignore[arg-type]
        inner = getattr(command, "commands", None)
        found += [f"{name} {sub}" for sub in inner] if inner else [name]
    return found


def test_the_page_of_commands_names_each() -> None:
    assert [name for name in commands() if f"`miner-agent {name}`" not in COMMANDS] == []


@for_each("name", commands())
def test_every_command_ends_its_help_with_an_example(name: str) -> None:
    help_text = CliRunner().invoke(cli, [*name.split(), "--help"]).output

    assert re.search(rf"Example:\n +miner-agent {name}", help_text)


def test_every_command_has_what_a_new_one_is_told_to_have() -> None:
    for name in commands():
        assert name in every_command.rows(Path(), "", "", "", ""), "give it its inputs in tests/cli/every_command.py"
        assert name in NEEDS, "say what it needs in miner_agent/cli/support/needed_config.py"


def test_the_page_of_drivers_names_each_and_its_products() -> None:
    for name in drivers.names():
        rows = [line for line in DRIVERS.splitlines() if line.startswith(f"| `{name}`")]
        assert len(rows) == 1, name
        assert all(product in rows[0] for product in drivers.load(name).products), name


def test_every_key_is_explained() -> None:
    assert [key for key in configuration.keys() if f"| `{key}` |" not in CONFIGURATION] == []  # noqa: SIM118 -- a function


def test_the_configuration_of_the_page_is_a_good_one(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", CONFIGURATION, re.DOTALL)
    assert example
    (tmp_path / "config.toml").write_text(example[1])

    loaded = loading.load([tmp_path / "config.toml"], environment={}, known_drivers=drivers.names())

    assert len(loaded.miners) == 2
    assert set(configuration.keys()) >= {f"agent.{key}" for key in tomllib.loads(example[1])["agent"]}


def test_the_configuration_in_the_readme_runs_as_it_stands(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "config.toml").write_text(example)

    loaded = loading.load([tmp_path / "config.toml"], environment={}, known_drivers=drivers.names())

    assert not loaded.miners
    assert not loaded.meters  # no address of a stranger's


@for_each("guide", GUIDES)
def test_every_configuration_of_a_guide_is_a_good_one(guide: Path, tmp_path: Path) -> None:
    for example in re.findall(r"```toml\n(.*?)```", guide.read_text(), re.DOTALL):
        (tmp_path / "config.toml").write_text(example)

        loading.load([tmp_path / "config.toml"], environment={}, known_drivers=drivers.names())


def test_the_readme_leads_to_every_guide() -> None:
    assert [guide.name for guide in GUIDES if f"(docs/guides/{guide.name})" not in README] == []


@for_each("page", pages())
def test_commands_in_sentences_are_ours(page: Path) -> None:
    for words in re.findall(r"`miner-agent ([a-z][^`\n]*)`", page.read_text()):
        named = words.split()
        assert any(" ".join(named[:length]) in {*commands(), *cli.list_commands(None)} for length in (1, 2)), words  # type: ignore[arg-type]
        known = options_of(named)
        assert [word for word in named if word.startswith("--") and word.partition("=")[0] not in known] == [], words


def options_of(words: list[str]) -> set[str]:
    """What the command of that line takes."""
    command = cli.get_command(None, words[0])  # type: ignore[arg-type]
    command = getattr(command, "commands", {}).get(words[1], command) if len(words) > 1 else command
    assert command is not None
    return {"--help", *(name for parameter in command.params for name in parameter.opts)}


def test_the_table_of_drivers_is_made_from_the_drivers(update_golden: bool) -> None:
    if update_golden:
        drivers_table.PAGE.write_text(drivers_table.with_table(drivers_table.PAGE.read_text()))

    assert drivers_table.with_table(drivers_table.PAGE.read_text()) == drivers_table.PAGE.read_text()


def test_the_page_of_metrics_is_made_from_the_table(update_golden: bool) -> None:
    page = ROOT / "docs" / "metrics.md"
    if update_golden:
        page.write_text(metrics_doc.render())

    assert page.read_text() == metrics_doc.render()


def test_the_page_of_the_api_is_made_from_it(update_golden: bool) -> None:
    page = ROOT / "docs" / "api.md"
    if update_golden:
        page.write_text(api_doc.render())

    assert page.read_text() == api_doc.render()


def test_what_is_made_of_the_table_of_alerts_is_as_the_table(update_golden: bool) -> None:
    if update_golden:
        alert_docs.main()
    made = dict(alert_docs.files())

    assert [path for path, text in made.items() if (ROOT / path).read_text() != text] == []
    assert {f"docs/runbooks/{file.name}" for file in ROOT.glob("docs/runbooks/*")} <= made.keys()


def test_the_pictures_are_those_that_the_tool_takes() -> None:
    assert {file.name for file in screenshots.FOLDER.iterdir()} == set(screenshots.PICTURES)
    for name, picture in screenshots.PICTURES.items():
        taken = (screenshots.FOLDER / name).read_bytes()
        assert taken[:16] == b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", name
        assert struct.unpack(">II", taken[16:24]) == screenshots.SCREENS[picture.size], name
        assert len(taken) < screenshots.AT_MOST_BYTES, name
        assert f"docs/images/{name}" in README, "show it"


def test_the_readme_names_every_folder() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    tracked = folders - {"build", "dist", "node_modules"}

    assert {folder for folder in tracked if f"`{folder}/`" not in README} == set()


def test_links_lead_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "SECURITY.md", *ROOT.glob("docs/**/*.md")):
        for target, _, place in re.findall(r"(?:\]\(|src=\")(?!https?:)([^)#\"]*)(#([^)\"]*))?", page.read_text()):
            led_to = page.parent / target if target else page
            assert led_to.exists(), f"{page.name}: {target}"
            assert not place or place in places(led_to), f"{page.name}: {target}#{place}"


def places(page: Path) -> set[str]:
    """What a link may name in it: its headings, as GitHub spells them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_repository_speaks_of_the_project_alone() -> None:
    found = subprocess.run(
        ["git", "grep", "-n", "-I", "-i", "-E", "(^|[^a-z.])/(root|work|home)/[a-z]", "--", ".", ":!tests/whole/test_docs.py"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert found.stdout == ""


SERVICES = {"run", "replay", "demo"}  # they run until they are stopped, and have tests of their own
ASKS_THE_DEMO = "export MINER_AGENT_CONFIG="
EXAMPLE_MINER = "127.0.0.1:18080"
EXAMPLE_PROMETHEUS = "http://127.0.0.1:9090"
XMRIG = ROOT / "tests" / "captures" / "xmrig" / "6.21__2x-gpu__mining" / "summary.raw"


def shell_lines() -> list[str]:
    """Every command of ours in a shell block of the documentation, and every example in a help text."""
    found = []
    for page in pages():
        if page.name == "adding-a-driver.md":  # tests/drivers/test_adding_a_driver.py follows it
            continue
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL):
            if block.startswith(ASKS_THE_DEMO):  # tests/cli/test_demo_asked.py does
                continue
            for line in block.splitlines():
                command = (
                    line.partition("#")[0].partition(">")[0].strip().removeprefix("sudo ").removeprefix(".venv/bin/")
                )
                if command.startswith("miner-agent "):
                    found.append(command)
    for name in commands():
        text = CliRunner().invoke(cli, [*name.split(), "--help"]).output
        found += re.findall(r"Example:\n +(miner-agent .+)", text)
    return sorted(set(found))


@pytest.fixture(scope="module")
def asking() -> Iterator[OrdinaryUser]:
    """One process that runs them all: to begin one takes longer than most commands do."""
    user = OrdinaryUser()
    yield user
    user.close()


@dataclass(frozen=True, kw_only=True)
class Around:
    """What commands ask, and none of them changes: where a miner, a pool and a Prometheus are, and an agent's port."""

    miner: str
    pool: str
    prometheus: str
    agent: int


@pytest.fixture(scope="module")
def around() -> Iterator[Around]:
    with (
        FakeMiner({"/2/summary": XMRIG.read_bytes()}) as miner,
        agent_pages(own(WELL)) as agent,
        FakePool(every_command.paid) as pool,
        FakePrometheus(of_a_fleet(days=30)) as prometheus,
    ):
        yield Around(miner=miner.address, pool=pool.url, prometheus=prometheus.address, agent=agent)


@pytest.mark.e2e
@pytest.mark.parametrize("line", [line for line in shell_lines() if line.split()[1] not in SERVICES])
def test_a_command_in_the_documentation_runs(line: str, tmp_path: Path, asking: OrdinaryUser, around: Around) -> None:
    asked = line.replace(EXAMPLE_MINER, around.miner).replace(EXAMPLE_PROMETHEUS, around.prometheus)
    run_as_documented(asked, tmp_path, around, asking)


def coin_metrics(difficulty: str) -> str:
    """Two days of a coin, as its community data has them."""
    return f"time,PriceUSD,DiffMean\n2026-01-01,8.8,{difficulty}\n2026-01-02,8.9,{difficulty}\n"


def run_as_documented(line: str, tmp_path: Path, around: Around, asking: OrdinaryUser) -> None:
    """Run it in a folder that has all that the documentation names."""
    (tmp_path / "config.toml").write_text(
        f'[agent]\nstate_directory = "{tmp_path}"\n[http]\nlisten = "127.0.0.1:{around.agent}"\n'
        f'[[payouts]]\npool = "nanopool"\ncoin = "XMR"\naccount = "48a"\nwallet = "w"\nbase_url = "{around.pool}"\n'
        '[[alerts.channels]]\nname = "log"\nkind = "journal"\n'
    )
    databases.empty_log(tmp_path)
    every_command.write_alerts(tmp_path)
    (tmp_path / "history.csv").write_text(sample_history())
    (tmp_path / "btc.csv").write_text(coin_metrics("1.4e14"))
    (tmp_path / "etc.csv").write_text(coin_metrics("2e15"))
    (tmp_path / "gpus.csv").write_text("device,algorithm,hashrate\nRTX 3080,KAWPOW,47\n")
    (tmp_path / "prices.csv").write_text(slots_of("USD"))
    arguments = shlex.split(line.partition(" > ")[0])[1:]
    if arguments[0] == "devices":
        every_command.remember_devices(databases.empty_state(tmp_path))
    if every_command.of_books(arguments[0]):
        every_command.write_books(tmp_path)
        (tmp_path / "p.csv").write_text("Date,TxId,Amount,Value\n2025-05-05 08:15:30,ab,0.15,42\n")
        (tmp_path / "report.csv").write_text(
            "Date time,Purpose,Amount (BTC)\n2025-05-05 08:15:30 GMT,Hashpower mining,0.0001\n"
        )
        (tmp_path / "begin.json").write_text('{"currency": "USD", "events": []}')
    if "--config" in arguments:
        del arguments[arguments.index("--config") : arguments.index("--config") + 2]
    if "--out" in arguments:  # what a reader has in /etc or /var is made below the folder of this test
        place = arguments.index("--out") + 1
        arguments[place] = str(tmp_path / arguments[place].lstrip("/"))
    environment = {**os.environ, "MINER_AGENT_CONFIG": str(tmp_path / "config.toml")}
    done = asking.told_in(*arguments, environment=environment, folder=tmp_path)

    finds = arguments[0] == "doctor" or arguments[:2] in (["ledger", "reconcile"], ["fleet", "status"])
    assert done.returncode in {0, 3 if finds else 0}, done.stderr
