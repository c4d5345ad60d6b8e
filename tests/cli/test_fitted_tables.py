"""On a terminal of any width every figure is whole: what has no room beside the rest stands below it."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text

from miner_agent.cli.support import plain_lines
from miner_agent.cli.support.fitted_tables import figures_table, print_table
from tests.cli.profit_asked import PRICE, RIG, run, written

pytestmark = pytest.mark.usefixtures("no_configuration")
FIGURE = re.compile(r"(?<![\w.-])-?\d[\d,]*(?:\.\d+)?(?![\w-])")
DAYS = "".join(f"2026-01-{day:02},RVN,0.0{day},70{day}\n" for day in range(1, 29))
COMMANDS = [
    ("profit", *RIG, *PRICE),
    ("profit", "--hardware", "6x rtx3080, 2x rx6800, 1x ryzen-5950x", *PRICE),
    ("stress", *RIG, *PRICE, "--paths", "100"),
    ("hours", *RIG, *PRICE),
    ("mine-or-buy", *RIG, *PRICE, "--investment", "3000"),
    ("mine-or-buy", *RIG, *PRICE, "--investment", "3000000", "--tax", "30%"),
    ("what-if", *RIG, *PRICE, "--coin", "RVN"),
    (
        "what-if",
        *RIG,
        *PRICE,
        "--coin",
        "RVN",
        "--sweep",
        "kwh_price=0:0.4:0.02",
        "--sweep",
        "coin_price=0.001:0.01:0.001",
    ),
    ("cloud", "--coin", "BTC", "--hashrate", "100T", "--price", "1200", "--days", "360"),
    ("outlook", "RVN", *RIG, *PRICE),
    ("hardware", "3080"),
    ("coins",),
]


def at_width(monkeypatch: pytest.MonkeyPatch, width: int, *arguments: str) -> str:
    """What a terminal of so many columns shows."""

    def console() -> Console:
        return Console(width=width, force_terminal=True, color_system=None, highlight=False)

    for module in ("what_if_answers", "profit_tables", "stress_tables", "hours_tables", "prospect_tables"):
        monkeypatch.setattr(f"miner_agent.cli.support.{module}.plain_console", console)
    monkeypatch.setattr(plain_lines, "plain_console", console)
    result = run(*arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def figures(text: str) -> set[str]:
    return set(FIGURE.findall(text))


@pytest.mark.parametrize("width", [60, *(pytest.param(width, marks=pytest.mark.thorough) for width in (80, 120))])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command)[:40])
def test_no_figure_is_cut_on_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], width: int
) -> None:
    whole, told = at_width(monkeypatch, 500, *command), at_width(monkeypatch, width, *command)

    assert "…" not in told
    assert max(len(line) for line in told.splitlines()) <= width
    assert figures(whole) - figures(told) == set()


def test_columns_without_room_stand_below_with_the_names_of_their_rows() -> None:
    out = io.StringIO()
    table = figures_table(("coin", "one", "two", "three"), [("RVN", "1" * 12, "2" * 12, "3" * 12)])
    print_table(Console(file=out, width=34), table)

    assert [line.split() for line in out.getvalue().splitlines()] == [
        ["coin", "one", "two"],
        ["RVN", "1" * 12, "2" * 12],
        ["coin", "three"],
        ["RVN", "3" * 12],
    ]


def test_long_text_breaks_between_its_words_and_a_mark_stays_with_its_figure() -> None:
    out = io.StringIO()
    table = Table("coin", "profit", "", "source", box=None, pad_edge=False)
    table.add_row(Text("RVN"), Text("-12.34"), Text("loss"), Text("a long sentence " * 6))
    print_table(Console(file=out, width=40), table)
    lines = out.getvalue().splitlines()

    assert lines[1].split() == ["RVN", "-12.34", "loss"]
    assert max(map(len, lines)) <= 40
    assert out.getvalue().split().count("sentence") == 6


def test_a_backtest_fits_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "miner_agent.cli.support.backtest_tables.plain_console",
        lambda: Console(width=60, force_terminal=True, color_system=None, highlight=False),
    )
    days = written(tmp_path, "days.csv", f"date,coin,price,difficulty\n{DAYS}")
    told = run("backtest", days, *RIG, *PRICE).stdout

    assert "…" not in told
    assert max(len(line) for line in told.splitlines()) <= 60


def told_at(width: int, table: Table, *, keys: int = 1) -> list[str]:
    out = io.StringIO()
    print_table(Console(file=out, width=width), table, keys=keys)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_a_row_whose_name_leaves_no_room_is_told_by_itself() -> None:
    card = "GPU-8f4c1d1e-5b7c-4a0e-9d55-000000000000"
    table = Table("from", "device", "power", "", "energy", "core", box=None, pad_edge=False)
    table.add_row("2026-01-01 00:00", card, "122 W", "mean", "0.0203 kWh", "–")

    assert told_at(60, table, keys=2) == [
        "from  device",
        f"2026-01-01 00:00  {card}",
        "  power: 122 W mean  energy: 0.0203 kWh  core: –",
    ]
    assert told_at(41, table, keys=2) == [
        "from  device",
        "2026-01-01 00:00",
        f"  {card[:39]}",
        f"  {card[39:]}",
        "  power: 122 W mean  energy: 0.0203 kWh",
        "  core: –",
    ]


def test_parts_that_would_stand_pages_apart_are_told_row_by_row() -> None:
    rows = [(f"coin{number}", "1" * 12, "2" * 12, "3" * 12) for number in range(30)]
    few, many = (figures_table(("coin", "one", "two", "three"), rows[:count]) for count in (3, 30))

    assert told_at(34, few)[0].split() == ["coin", "one", "two"]
    assert told_at(34, many)[:4] == ["coin", "coin0", f"  one: {'1' * 12}", f"  two: {'2' * 12}"]
    assert told_at(60, many)[0].split() == ["coin", "one", "two", "three"]


def test_figures_end_below_each_other_and_names_begin_so() -> None:
    table = Table("coin", "power", "since", "pool", box=None, pad_edge=False)
    table.add_row("1", "9 W", "–", "a")
    table.add_row("10", "1941 W", "2026-01-01", "10.0.0.1")

    assert told_at(80, table) == [
        "coin   power       since  pool",
        "1        9 W           –  a",
        "10    1941 W  2026-01-01  10.0.0.1",
    ]
