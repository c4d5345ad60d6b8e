"""Every command there is, found by asking click, with small inputs on which it works, and a way to run it here.

A command that is added has no row in ``rows`` and fails the tests: give it one.
"""

import io
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TextIO
from unittest.mock import patch

import click
import pytest

from calculators.money import Money
from miner_agent.cli import main
from miner_agent.cli.first_level import cli
from miner_agent.cli.support.options import Written
from miner_agent.look import scan
from miner_agent.model.alerting import AlertKey, AlertStanding
from miner_agent.model.devices import DeviceKind
from miner_agent.model.finances import Candidate, DecisionNote, Economy, MarketNote
from miner_agent.model.remembered_devices import RememberedDevice, fact_of
from miner_agent.storage.kept_alerts.beside_agent import alerts_beside
from miner_agent.storage.kept_alerts.silences import add_silence
from miner_agent.storage.kept_alerts.standings import write_standings
from miner_agent.storage.ledger import ledger_backup
from miner_agent.storage.state.forgotten_devices import DEVICES
from miner_agent.storage.state.state_store import StateStore
from miner_agent.storage.telemetry.log import TelemetryLog
from tests import databases
from tests.agent_pages import WELL, agent_pages, own
from tests.bookkeeping import books
from tests.fake_http import FakeMiner
from tests.fake_prometheus import FakePrometheus, of_a_fleet
from tests.fake_sockets import FakeTcpMiner
from tests.log_ticks import RIG, START, full_tick
from tests.payouts.fake_pools import FakePool

CAPTURES = Path(__file__).parents[1] / "captures"
TREX = CAPTURES / "trex" / "0.26__2x-gpu__dual"
RIG_OF_CARDS = ("--hardware", "6x rtx3080", "--coin", "RVN")
PRICE = ("--kwh-price", "0.1626")
SPAN = ("--since", START.isoformat(), "--until", (START + timedelta(hours=1)).isoformat())
TIMED = ("--time", "2025-05-06T00:00:00Z")
DATED = ("--id", "by hand", *TIMED)
PAID = [{"date": 1556712000, "txHash": "ab", "amount": 0.1}]
OF_POOL = ("--pool", "2miners", "--wallet", "w", "--asset", "XMR", "--columns", "time=Date,amount=Amount")
GONE = "GPU-8f4c1d1e-5b7c-4a0e-9d55-000000000000"
ANSWERED = b'{"STATUS":[{"STATUS":"S","Description":"cgminer 4.9"}],"VERSION":[{"Type":"Antminer \xc3\xa9"}],"id":1}\0'


def paid(path: str, _: bytes) -> dict[str, object]:
    """What a pool answers."""
    return {"status": True, "data": 0.0 if "/balance/" in path else PAID}


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a command is given, and how it ends then."""

    arguments: tuple[str, ...] = ()
    codes: frozenset[int] = frozenset({0})
    more_with: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # what an option wants beside it


def leaves() -> dict[str, click.Command]:
    """Every command by its whole name, such as ``log stats``."""
    context = click.Context(cli)
    found: dict[str, click.Command] = {}
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            found |= {f"{name} {inner}": one for inner, one in command.commands.items()}
        else:
            found[name] = command
    return found


LEAVES = leaves()

SERVICES = {"demo", "replay", "run"}
"""They run until they are stopped."""


OF_BOOKS = {
    "buy",
    "dispose",
    "energy",
    "expense",
    "hardware-asset",
    "ledger",
    "lots",
    "payouts",
    "prices",
    "tax",
    "transfer",
}
"""What is nothing without a book, and asks for one in the state directory."""


def of_books(name: str) -> bool:
    return name.partition(" ")[0] in OF_BOOKS


def flags(command: click.Command) -> list[str]:
    return [p.opts[0] for p in command.params if isinstance(p, click.Option) and p.is_flag]


def required(name: str) -> list[str]:
    """Options of what a command writes, without which it does not begin."""
    return [param.opts[0] for param in LEAVES[name].params if isinstance(param.type, Written) and param.required]


def files_written(command: click.Command) -> list[str]:
    """Its options that take the path of what it writes."""
    options = [param for param in command.params if isinstance(param, click.Option)]
    return [option.opts[0] for option in options if isinstance(option.type, Written)]


@dataclass(frozen=True)
class World:
    """A folder with everything that the rows name, and two miners that answer."""

    folder: Path
    rows: Mapping[str, Row]

    def arguments(self, name: str, *options: str) -> list[str]:
        row = self.rows[name]
        held = [*row.arguments]
        for option in options:
            if option in held and option not in flags(LEAVES[name]):  # with another value than the row's
                del held[held.index(option) : held.index(option) + 2]
        more = [word for option in options for word in row.more_with.get(option, ())]
        return [*name.split(), *held, *more, *options]


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Makes the folder and lets the miners answer meanwhile."""
    number = os.getpid()
    network = f"127.{1 + number // 256 % 250}.{number % 256}."  # two runs of the tests at once must not meet
    with ExitStack() as stack:
        stack.enter_context(patch.object(scan, "PAUSE_SECONDS", 0.01))
        miner = stack.enter_context(FakeMiner({"/summary": (TREX / "summary.raw").read_bytes()}))
        pool = stack.enter_context(FakePool(paid))
        asic = FakeTcpMiner(host=f"{network}18", port=4028)
        asic.answers_anything = ANSWERED
        stack.enter_context(asic)
        stated = f"127.0.0.1:{stack.enter_context(agent_pages(own(WELL)))}"
        fleet = stack.enter_context(FakePrometheus(of_a_fleet()))
        _write_log(folder / "telemetry.db")
        write_alerts(folder)
        write_books(folder)
        remember_devices(folder / "state.db")
        (folder / "history.csv").write_text(_history())
        (folder / "payouts.csv").write_text("Date,Amount\n2025-05-05T08:15:30Z,150\n")
        (folder / "list.csv").write_text("device,algorithm,hashrate\nRTX 3080,KAWPOW,47\n")
        (folder / "tiers.toml").write_text(
            '[tariff]\nkind = "tiers"\ncurrency = "EUR"\n'
            '[[tariff.tiers]]\nover_kilowatt_hours = "0"\nprice_per_kilowatt_hour = "0.2"\n'
            '[[tariff.tiers]]\nover_kilowatt_hours = "100"\nprice_per_kilowatt_hour = "0.3"\n'
        )
        (folder / "config.toml").write_text(
            f'[agent]\nrig = "{RIG}"\nstate_directory = "{folder}"\n[collectors.nvml]\nenabled = false\n'
            f'[[miners]]\nname = "cards"\ndriver = "trex"\naddress = "{miner.address}"\n'
            '[[payouts]]\npool = "nanopool"\ncoin = "XMR"\naccount = "48a"\nwallet = "w"\n'
            f'base_url = "{pool.url}"\n'
            '[[alerts.channels]]\nname = "log"\nkind = "journal"\n'
        )
        (folder / "gateway.toml").write_text(
            "".join(
                f'[[miners]]\nname = "{rig}-cards"\nrig = "{rig}"\ndriver = "trex"\naddress = "{miner.address}"\n'
                for rig in ("hall-10", "hall-2")
            )
        )
        posted = ended("energy", "post", "--config", str(folder / "config.toml"))
        assert posted.returncode == 0, posted.stderr
        yield World(folder, rows(folder, miner.address, f"{network}18/32", stated, fleet.address))


def write_alerts(folder: Path) -> None:
    """A file of alerts, with one that fires and a silence."""
    key = AlertKey("DeviceLost", RIG, (("device", "GPU-a"),))
    firing = AlertStanding(
        key=key, severity="critical", stage="firing", since=START, since_seconds=0.0, stage_seconds=60.0
    )
    with alerts_beside(databases.empty_alerts(folder), writes=True) as connection:
        write_standings(connection, [firing], ())
        until = datetime(2099, 1, 1, tzinfo=UTC)
        add_silence(connection, [("rig", "x")], until=until, author="me", comment="", now=START)


def rows(folder: Path, miner: str, network: str, agent: str, prometheus: str) -> dict[str, Row]:
    """Each command's inputs."""
    history = str(folder / "history.csv")
    few = ("--paths", "200", "--horizon-days", "5")
    return {
        "alerts list": Row(),
        "alerts silence": Row(arguments=("MinerDown", "rig=left-*", "--for", "2h")),
        "alerts silences": Row(),
        "alerts test": Row(arguments=("log",)),
        "alerts unsilence": Row(arguments=("1",)),
        "alerts explain": Row(arguments=("DeviceLost",)),
        "backtest": Row(arguments=(history, *RIG_OF_CARDS, *PRICE, "--horizon-days", "5")),
        "buy": Row(arguments=("0.5", "XMR", "--wallet", "w", "--value", "150", *DATED)),
        "cloud": Row(
            arguments=(
                "--coin",
                "BTC",
                "--hashrate",
                "100T",
                "--price",
                "1200",
                "--days",
                "9",
                "--promised-per-day",
                "12",
            )
        ),
        "coins": Row(arguments=("a",)),
        "completion": Row(arguments=("bash",)),
        "config check": Row(),
        "config show": Row(),
        "dashboards export": Row(),
        "demo": Row(),
        "devices forget": Row(arguments=(GONE,)),
        "devices list": Row(),
        "dispose": Row(arguments=("0.01", "XMR", "--wallet", "w", "--value", "3", *DATED)),
        "doctor": Row(codes=frozenset({0, 3})),
        "drivers": Row(),
        "energy invoice": Row(arguments=("412.5", "98.20", "--from", "2025-05-01", "--to", "2025-05-31", *DATED)),
        "energy post": Row(),
        "energy report": Row(),
        "expense add": Row(arguments=("repairs", "59.90", *DATED)),
        "fleet energy": Row(arguments=("--prometheus", prometheus)),
        "fleet profit": Row(arguments=("--prometheus", prometheus)),
        "fleet status": Row(arguments=("--prometheus", prometheus), codes=frozenset({3})),
        "fleet worst": Row(arguments=("--prometheus", prometheus)),
        "hardware import": Row(arguments=(str(folder / "list.csv"), "--dated", "2026-06-01")),
        "hardware list": Row(arguments=("3080",)),
        "hardware-asset add": Row(
            arguments=("card", "699", "--acquired", "2025-03-01", "--write-off", "macrs5", "--id", "another", *TIMED)
        ),
        "hardware-asset sell": Row(arguments=("card-1", "250", *DATED)),
        "hours": Row(arguments=(*RIG_OF_CARDS, *PRICE)),
        "history import": Row(arguments=(history,), more_with={"--log": ("--currency", "EUR")}),
        "history sample": Row(),
        "init": Row(arguments=("--yes", "--force", "--out", str(folder / "first.toml"))),
        "ledger amend": Row(arguments=("tx-p1", "--why", "typo", "--set", "value=43", *DATED)),
        "ledger backup": Row(),
        "ledger cancel": Row(arguments=("tx-p1", "--why", "orphaned", *DATED)),
        "ledger give-up": Row(arguments=("--state-dir", str(folder / "given-up"))),
        "ledger close-year": Row(arguments=("--year", "2024")),
        "ledger forget": Row(arguments=("Hosting Ltd",)),
        "ledger import": Row(arguments=(str(folder / "events.json"),)),
        "ledger list": Row(),
        "ledger reopen-year": Row(arguments=("--year", "2023", "--why", "a pool was forgotten")),
        "ledger reconcile": Row(codes=frozenset({0, 3, 69})),
        "ledger restore": Row(arguments=(str(folder / "books-2025.db"), "--replace")),
        "ledger show": Row(arguments=("tx-p1",)),
        "ledger verify": Row(),
        "log cost": Row(arguments=("--month", f"{START:%Y-%m}", *PRICE)),
        "log decisions": Row(arguments=SPAN),
        "log market": Row(arguments=SPAN),
        "log show": Row(arguments=("GPU-8f4c1d1e-5b7c-4a0e-9d55-000000000000", *SPAN)),
        "log stats": Row(arguments=SPAN),
        "lots choose": Row(arguments=("sale-7", "--lot", "tx-p1=0.1", *DATED)),
        "lots list": Row(),
        "lots order": Row(arguments=("hifo", *DATED)),
        "mine-or-buy": Row(arguments=(*RIG_OF_CARDS, *PRICE, "--investment", "3000", "--months", "3")),
        "once": Row(more_with={"--rigs": ("--config", str(folder / "gateway.toml"))}),
        "outlook": Row(
            arguments=("ETC", *RIG_OF_CARDS[:2], *PRICE, "--history", history, "--horizon-days", "4"),
        ),
        "payouts add": Row(arguments=("0.5", "XMR", "--wallet", "w", "--value", "150", *DATED)),
        "payouts import": Row(arguments=(str(folder / "payouts.csv"), *OF_POOL)),
        "payouts report": Row(),
        "payouts sync": Row(),
        "prices import": Row(arguments=(history, "--currency", "USD")),
        "profit": Row(arguments=(*RIG_OF_CARDS, *PRICE)),
        "record": Row(arguments=("trex", miner)),
        "replay": Row(arguments=(str(TREX),)),
        "rules export": Row(),
        "run": Row(),
        "scan": Row(arguments=(network,)),
        "split": Row(arguments=(*RIG_OF_CARDS[:2], *PRICE, "--horizon-days", "5")),
        "status": Row(arguments=("--agent", agent)),
        "stress": Row(arguments=(*RIG_OF_CARDS, *PRICE, *few), more_with={"--trend": ("--history", history)}),
        "tariff show": Row(arguments=PRICE),
        "tax export": Row(arguments=("beancount", "--year", "2025")),
        "tax form-8949": Row(arguments=("--year", "2025")),
        "tax summary": Row(arguments=("--year", "2025")),
        "top": Row(arguments=("--agent", agent)),
        "transfer": Row(arguments=("0.01", "XMR", "--from", "w", "--to", "v", *DATED)),
        "what-if": Row(arguments=(*RIG_OF_CARDS, *PRICE)),
    }


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def ended(*arguments: str) -> Done:
    """Runs the command in this process."""
    return Done(*printed(arguments))


def run_here(arguments: Sequence[str], out: TextIO) -> tuple[int, str]:
    """Runs the command in this process, with ``out`` as its standard output: its code and what it said of errors."""
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["miner-agent", *arguments])
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", said)
        with pytest.raises(SystemExit) as ended:
            main()
    code = ended.value.code
    assert isinstance(code, int)
    return code, said.buffer.getvalue().decode()


def printed(arguments: Sequence[str], encoding: str = "utf-8") -> tuple[int, str, str]:
    """Its code, what it printed in that encoding, and what it said of errors."""
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict")
    code, said = run_here(arguments, out)
    return code, out.buffer.getvalue().decode(encoding), said


def _write_log(path: Path) -> None:
    log = TelemetryLog.open(databases.empty_log(path.parent), now=START)
    for number in range(60):
        log.append(replace(full_tick(number, cards=2), economy=_economy() if number == 0 else None))
        log.append_rigs([replace(full_tick(number, cards=2), rig="asic-é")])
    log.close()


def write_books(folder: Path) -> None:
    """Books with payouts, sales and a card, a copy of them, and the file that they are from."""
    databases.empty_ledger(folder)
    databases.empty_state(folder)
    card = {
        "id": "card-1",
        "kind": "hardware",
        "time": "2025-05-05T08:15:30Z",
        "name": "card",
        "acquired": "2025-03-01",
    }
    card |= {"value": "699", "business_share": "1", "write_off": "macrs5"}
    raw = books.events_file(
        books.payout("tx-p1"), books.payout("payout – é"), books.sale("sale"), books.sale("tx-s1"), card
    )
    (folder / "events.json").write_bytes(raw)
    books.imported(folder, raw)
    ledger_backup.back_up_books(folder / "ledger.db", folder / "books-2025.db")


def remember_devices(state: Path) -> None:
    """One that is there, and one that is missing."""
    store = StateStore.open(state, now=START)
    gone = RememberedDevice(label=GONE, kind=DeviceKind.GPU, missing_since=START)
    there = RememberedDevice(label="GPU-é", kind=DeviceKind.GPU)
    store.pin({(DEVICES, "nvml"): fact_of([there, gone])})
    store.close()


def _economy() -> Economy:
    def eur(amount: str) -> Money:
        return Money(Decimal(amount), "EUR")

    note = MarketNote(
        coin="ETC",
        source="whattomine",
        price=eur("8.1"),
        difficulty=1.94e15,
        coins_per_hash_per_second_per_day=7.3e-11,
        block_reward_coins=1.6384,
        price_per_kilowatt_hour=eur("0.1626"),
    )
    best = Candidate(
        part="rtx3080",
        coin="RVN",
        algorithm="kawpow",
        revenue_per_day=eur("3"),
        profit_per_day=eur("1"),
        selected=False,
    )
    decision = DecisionNote(
        decided_at=START,
        part="cards",
        before="ETC",
        after="ETC",
        wanted="RVN",
        reason="hysteresis",
        refused=True,
        sentence="RVN – it is better by 1 €",
        inputs=(best,),
    )
    return Economy(computed_at=START, market_notes=(note,), decisions=(decision,))


def _history() -> str:
    lines = ["date,coin,price,difficulty,reward"]
    for number in range(90):
        day = date(2026, 1, 1) + timedelta(days=number)
        lines.append(f"{day},ETC,{8.8 + number % 7 / 50},{2e15 * (1 + number % 5 / 90)},1.64")
        lines.append(f"{day},RVN,{0.0023 * (1 + number % 3 / 50)},{9e4 * (1 + number % 4 / 90)},1250")
    return "\n".join(lines) + "\n"
