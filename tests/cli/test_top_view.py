"""The live view: in every size, in every order; no figure is cut, and what is worst is seen first."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.cells import cell_len

from miner_agent.cli.support.top_order import ORDERS, in_order, rigs_in_order
from miner_agent.cli.support.top_view import Looking, lost_lines, stale_lines, view_lines
from miner_agent.look.running_agent import ToldSymptom, ToldVerdict
from miner_agent.look.told_rig import ToldDevice, ToldRig
from tests.cli.top_rigs import NOW, card, ill, miner, rig, work
from tests.for_each import for_each

WIDTHS = (60, 80, 120, 200)
HEIGHTS = (10, 24, 50)
FIGURE = re.compile(r"[-–]?\d[\d.]* (?:°C|%|W|kW|[kMGT]?H/s|J/MH|s|min|h)")
HOSTILE = "\x1b[2J\n\u202e" + "é" * 300


def shown(
    told: ToldRig,
    looking: Looking | None = None,
    *,
    width: int = 120,
    height: int | None = 40,
    rigs: Sequence[ToldVerdict] = (),
) -> list[str]:
    lines = view_lines(told, rigs, looking or Looking(), width=width, height=height, now=NOW)
    return [line.plain.rstrip() for line in lines]


def rows(lines: list[str]) -> list[str]:
    """The names of the devices that are shown."""
    start = next(number for number, line in enumerate(lines) if line.startswith("device"))
    return [line.split()[0] for line in lines[start + 1 :] if line.startswith("0000:")]


def test_why_nobody_knows_what_it_earns_is_told_to_its_end() -> None:
    why = "RVN: prices are in USD; no rates lead from USD to EUR on 2026-11-30; currencies with rates: BTC, USD. Configure a feed of exchange rates, or give a file of them"
    told = " ".join(shown(replace(rig(card(1)), net_per_day=None, net_unknown_because=why), width=80))

    assert why in " ".join(told.split())


def test_all_of_a_rig_is_told() -> None:
    lines = shown(rig(card(3, headroom_celsius=2.0), card(1)), width=200)

    assert lines[0] == "left-rack  well  14:02:11, 0 s ago"
    assert lines[1] == "draws 1.61 kW (meter); 6.03 EUR a day after power"
    assert lines[3].split() == [
        "miner",
        "state",
        "hashrate",
        "of",
        "exp.",
        "accepted",
        "rejected",
        "last",
        "share",
        "pool",
    ]
    assert lines[4].split() == ["trex", "up", "368", "MH/s", "100", "%", "1234", "5", "0", "s", "rvn.pool.example"]
    assert rows(lines) == ["0000:03:00.0", "0000:01:00.0"]
    assert lines[7].split()[-10:] == ["60", "%", "230", "W", "46", "MH/s", "100", "%", "5", "J/MH"]
    assert lines[-1].startswith("q quit")


def test_what_a_hash_takes_is_told_of_one_work_alone() -> None:
    both = card(1, work=(work(46e6), work(None, algorithm="zil")))
    table = shown(rig(both, card(2), miners=()), width=200)[3:]

    assert table[0].split()[-1] == "efficiency"
    assert [line.split()[-1] for line in table[1:3]] == ["–", "J/MH"]


@for_each("width", WIDTHS)
def test_no_line_is_wider_than_the_terminal_and_no_figure_is_cut(width: int) -> None:
    wide = rig(
        *(card(n, work=(work(46.25e6), work(1.25e9, 1.3e9, "zil"))) for n in range(4)),
        miners=(miner("trex"), miner("a-miner-of-a-very-long-name-indeed-with-more", up=False, reason="unreachable")),
        **ill("GPU-1", "GPU-2"),
    )
    figures = {figure for line in shown(wide, width=2000) for figure in FIGURE.findall(line)}
    for height in (*HEIGHTS, None):
        lines = shown(wide, width=width, height=height)
        assert [line for line in lines if cell_len(line) > width] == []
        assert height is None or len(lines) == height
        told = {figure for line in lines for figure in FIGURE.findall(line)}
        assert told <= figures, told - figures


@for_each("width", WIDTHS)
def test_nothing_from_outside_breaks_a_line(width: int) -> None:
    hostile = rig(
        card(1, pci_address=None, device=HOSTILE, model=HOSTILE, state=HOSTILE),
        rig=HOSTILE,
        miners=(miner(HOSTILE, pool=HOSTILE, up=False, reason=HOSTILE),),
        power_source=HOSTILE,
        **ill(HOSTILE),
    )
    others = [ToldVerdict(rig=HOSTILE, verdict="ill", why=HOSTILE)]
    lines = [
        *shown(hostile, width=width, height=30, rigs=others),
        *(line.plain for line in lost_lines(HOSTILE[:40], NOW, HOSTILE, width)),
        *(line.plain for line in stale_lines(replace(hostile, stale_because=HOSTILE), width)),
    ]

    assert [line for line in lines if not line.isprintable()] == []
    assert [line for line in lines if cell_len(line) > width and " " in line.strip()] == []


def test_narrow_leaves_away_what_weighs_least() -> None:
    heads = {width: next(line for line in shown(rig(), width=width) if line.startswith("device")) for width in WIDTHS}

    assert heads[60].split() == ["device", "state", "temp", "fan", "power", "hashrate", "of", "exp."]
    assert "to limit" in heads[80]
    assert "model" not in heads[80]
    assert "model" in heads[120]


def test_where_there_is_no_room_for_all_rows_they_scroll() -> None:
    told = rig(*(card(number) for number in range(40)))
    named = Looking(key="n")
    first = shown(told, named, height=20)
    moved = shown(told, replace(named, first=5), height=20)
    last = shown(told, replace(named, first=10_000), height=20)

    count = len(rows(first))
    assert rows(first)[0] == "0000:00:00.0"
    assert f"1 to {count} of 40" in first
    assert rows(moved)[0] == "0000:05:00.0"
    assert rows(last)[-1] == "0000:27:00.0"
    assert f"{41 - count} to 40 of 40" in last


@for_each(
    ("typed", "after"),
    [
        ("t", Looking(key="t")),
        ("tr", Looking(key="t", turned=True)),
        ("trr", Looking(key="t")),
        ("\x1b[B\x1b[B\x1b[A", Looking(first=1)),
        ("\x1bOB", Looking(first=1)),
        ("\x1b[6~", Looking(first=12)),
        ("\x1b[6~\x1b[5~\x1b[5~", Looking()),
        ("\x1b[B" * 99, Looking(first=39)),
        ("\x1b[Bn", Looking(key="n")),
        ("Zx?\x00é", Looking()),
        ("", Looking()),
    ],
)
def test_keys_do_what_they_say(typed: str, after: Looking) -> None:
    assert Looking().after(typed, rows=40, page=12) == after


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("w", [5, 4, 3, 2, 1, 0]),
        ("n", [0, 1, 2, 3, 4, 5]),
        ("t", [3, 0, 1, 2, 4, 5]),
        ("p", [2, 0, 1, 3, 4, 5]),
        ("h", [1, 0, 2, 3, 4, 5]),
        ("e", [2, 0, 3, 4, 1, 5]),
    ],
)
def test_each_order_is_what_it_says(key: str, expected: list[int]) -> None:
    devices = [
        card(0),
        card(1, work=(work(60e6),), headroom_celsius=20.0),
        card(2, power_watts=300.0, headroom_celsius=10.0),
        card(3, temperature_celsius=90.0, throttled=True),
        card(4, state="lost", temperature_celsius=None, power_watts=230.0),
        card(5, temperature_celsius=None, power_watts=None, work=()),
    ]
    found = in_order(devices, key, ailing={"GPU-5": 1}, turned=False)

    assert [devices.index(one) for one in found] == expected


@for_each("key", ["h", "e"])
def test_hashes_of_two_algorithms_are_not_compared(key: str) -> None:
    zil = [card(number, work=(work(speed, algorithm="zil"),)) for number, speed in ((0, 40e6), (2, 90e6))]
    kawpow = [card(number, work=(work(speed),)) for number, speed in ((1, 60e6), (3, 30e6))]
    found = in_order([*zil, *kawpow], key, ailing={}, turned=False)

    assert [one.work[0].algorithm for one in found] == ["kawpow", "kawpow", "zil", "zil"]


@for_each("key", ["t", "p", "h", "e"])
def test_what_is_not_known_stays_last_whichever_way(key: str) -> None:
    unknown = card(1, temperature_celsius=None, power_watts=None, work=())
    devices: list[ToldDevice] = [unknown, card(2), card(3, temperature_celsius=70.0)]

    for turned in (False, True):
        assert in_order(devices, key, ailing={}, turned=turned)[-1] == unknown


def test_every_key_is_told_on_the_screen() -> None:
    keys = shown(rig(), width=200)[-1]

    assert all(re.search(rf"\b{key} ", keys) for key in (*ORDERS, "q", "r"))


def test_rigs_of_a_gateway_stand_below_the_worst_first() -> None:
    symptom = ToldSymptom(reason="miner_down", subject="s19", part=None, said="does not answer")
    others = [
        ToldVerdict(rig="s10", verdict="well"),
        ToldVerdict(rig="s9", verdict="unknown", why="not asked yet"),
        ToldVerdict(rig="s2", verdict="ill", symptoms_total=1, symptoms=(symptom,)),
    ]
    lines = shown(rig(devices=(), miners=()), rigs=others)

    assert [line.split()[0] for line in lines if line.startswith("s")][:3] == ["s2", "s9", "s10"]
    assert any("does not answer" in line for line in lines)
    assert [one.rig for one in rigs_in_order(others, "n", turned=False)] == ["s2", "s9", "s10"]
    assert [one.rig for one in rigs_in_order(others, "n", turned=True)] == ["s10", "s9", "s2"]


def test_of_a_rig_of_a_gateway_it_is_said_what_is_wrong_with_what_as_far_as_there_is_room() -> None:
    symptom = ToldSymptom(reason="device_lost", subject="s19/3", part=None, said="does not answer any more " + "x" * 40)
    ill = ToldVerdict(rig="s19", verdict="ill", symptoms_total=1, symptoms=(symptom,))
    told = rig(devices=(), miners=())

    wide = [line.rstrip() for line in shown(told, rigs=[ill], width=120)]
    narrow = [line.rstrip() for line in shown(told, rigs=[ill], width=60)]
    assert any(line.endswith(f"s19/3: {symptom.said}") for line in wide)
    row = next(line for line in narrow if line.startswith("s19"))
    assert "s19/3: does not answer any more x" in row
    assert row.endswith("…")
    assert len(row) <= 60


def test_in_the_place_of_old_figures_it_is_said_since_when_there_are_none() -> None:
    lost = [line.plain for line in lost_lines("127.0.0.1:9877", NOW, "connection refused", 80)]
    old = [line.plain for line in stale_lines(rig(stale_because="the last tick is 40 s old"), 80)]

    assert lost[0].startswith("The agent at 127.0.0.1:9877 does not answer since 14:02:11: connection")
    assert "has no fresh reading since" in old[0]
    assert not [line for line in (*lost, *old) if "MH/s" in line or "°C" in line]


def test_the_age_of_a_share_is_told_in_few_digits() -> None:
    ages = {0: "0 s", 100: "100 s", 600: "10 min", 10_000: "3 h"}
    for seconds, said in ages.items():
        told = rig(miners=(miner("trex", last_accepted_at=NOW - timedelta(seconds=seconds)),))
        assert f"  {said}" in shown(told)[4]
