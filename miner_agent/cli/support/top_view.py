"""What a live view shows: how the rig is, its miners and devices, in as many columns and rows as there is room for.

A column for which there is no room is left away, the least weighty first; no figure is cut.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.text import Text

from miner_agent.cli.support.fitted_lines import fitted
from miner_agent.cli.support.fitted_tables import GAP
from miner_agent.cli.support.plain_lines import ABSENT, number, percent, scaled
from miner_agent.cli.support.reading_tables import VERDICT_STYLES
from miner_agent.cli.support.told_work import told_efficiency
from miner_agent.cli.support.top_order import (
    ORDERS,
    WORST,
    in_order,
    rigs_in_order,
    share_of_expected,
    shown_name,
)
from miner_agent.look.running_agent import ToldSymptom, ToldVerdict
from miner_agent.look.told_rig import ToldDevice, ToldMiner, ToldRig, ToldWork
from miner_agent.text import clean_text

SHORTEST_SENTENCE = 16
LONGEST_REASON = 200  # why nobody knows what it earns
LONGEST_NAME = 40  # of a device, a model, a miner or a rig: what a UUID of a card has
SYMPTOMS_SHOWN = 3
LITTLE_ROOM_CELSIUS, LAGS_BELOW_RATIO = 5.0, 0.9
BAD, DOUBTFUL, HEAD, DIM = "bold red", "yellow", "bold", "dim"
KEYS = "q quit  sort: w worst n name t temp p power h hashrate e efficiency  r turn"
_TYPED = re.compile(r"\x1b(?:\[[0-9;]*[~A-Za-z]|O[A-Z])|.", re.DOTALL)
_SCROLLING = {
    "\x1b[A": (-1, False),
    "\x1b[B": (1, False),
    "\x1bOA": (-1, False),
    "\x1bOB": (1, False),
    "\x1b[5~": (-1, True),
    "\x1b[6~": (1, True),
}
"""What a terminal sends for arrows and for the keys that turn a page: which way it goes, and whether by a page."""
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """How somebody looks at it."""

    key: str = WORST
    turned: bool = False
    first: int = 0  # row that is shown

    def after(self, typed: str, *, rows: int, page: int) -> "Looking":
        """The same once these keys were typed.

        Args:
            typed: of them; what is no key of ours does nothing.
            rows: that there are.
            page: of them on a screen.
        """
        looking = self
        for key in _TYPED.findall(typed):
            if key in ORDERS:
                looking = Looking(key=key)
            elif key == "r":
                looking = replace(looking, turned=not looking.turned, first=0)
            elif key in _SCROLLING:
                step, is_page = _SCROLLING[key]
                moved = looking.first + step * (page if is_page else 1)
                looking = replace(looking, first=max(0, min(moved, rows - 1)))
        return looking


@dataclass(frozen=True, slots=True)
class _Column(Generic[Row]):
    head: str
    weight: int  # the lightest goes first
    cell: Callable[[Row], str]
    style: Callable[[Row], str] = lambda _: ""
    is_name: bool = False
    is_sentence: bool = False  # takes the room that is left, and is cut at its end


def lost_lines(where: str, since: datetime, why: str, width: int) -> list[Text]:
    """In the place of figures that are of the past."""
    place, reason = clean_text(where, length=100), clean_text(why, length=200)
    said = f"The agent at {place} does not answer since {since:%H:%M:%S}: {reason}"
    return [*_prose(said, width, BAD), Text(""), *_prose("q quit", width, DIM)]


def stale_lines(rig: ToldRig, width: int) -> list[Text]:
    """The same where the agent answers, and knows nothing new itself."""
    since = rig.taken_at.astimezone()
    why = clean_text(rig.stale_because or "", length=200)
    said = f"{clean_text(rig.rig)}: the agent has no fresh reading since {since:%H:%M:%S}: {why}"
    return [*_prose(said, width, BAD), Text(""), *_prose("q quit", width, DIM)]


def view_lines(
    rig: ToldRig,
    rigs: Sequence[ToldVerdict],
    looking: Looking,
    *,
    width: int,
    height: int | None,
    now: datetime,
) -> list[Text]:
    """All lines of a screen.

    Args:
        rig: as the agent tells it.
        rigs: that it reads for others.
        looking: sorted by what, from which row on.
        width: columns.
        height: rows; ``None``: as many as there is to tell.
        now: of the wall clock, in the zone in which times are to be told.
    """
    head = _head(rig, width, now)
    if rig.miners:
        head += ["", *_table(_miner_columns(now), rig.miners, width)]
    foot = (
        [] if height is None else [*_prose(f"sorted by {_sorted_by(looking)}", width, DIM), *_prose(KEYS, width, DIM)]
    )
    room = None if height is None else max(2, height - len(head) - len(foot) - 1)
    parts = [_devices(rig, looking, width, room)] if rig.devices else []
    if rigs:
        left = None if room is None else room - sum(len(part) + 1 for part in parts)
        if left is None or left > 2 or not parts:
            parts.append(_table(_RIG_COLUMNS, rigs_in_order(rigs, looking.key, turned=looking.turned), width, left))
    body = [line for part in parts for line in (Text(""), *part)]
    lines = [*(Text(line) if isinstance(line, str) else line for line in head), *body]
    if height is not None:
        lines = lines[: height - len(foot)]
        lines += [Text("")] * (height - len(foot) - len(lines))
    return [*lines, *foot]


def _sorted_by(looking: Looking) -> str:
    return ORDERS[looking.key] + (" (turned)" if looking.turned else "")


def _head(rig: ToldRig, width: int, now: datetime) -> "list[str | Text]":
    age_seconds = max(0.0, (now - rig.taken_at).total_seconds())
    word = rig.verdict
    first = Text.assemble(
        (set_size(clean_text(rig.rig), max(8, width - (58 if rig.is_resting else 32))), HEAD),
        "  ",
        (word, VERDICT_STYLES[word]),
        (" standing still as planned" if rig.is_resting else ""),
        f"  {rig.taken_at.astimezone(now.tzinfo):%H:%M:%S}, {age_seconds:.0f} s ago",
    )
    power = scaled(rig.power_watts, "W") + (f" ({clean_text(rig.power_source)})" if rig.power_source else "")
    why = clean_text(rig.net_unknown_because or "it is not told", length=LONGEST_REASON)
    net = f"{rig.net_per_day} a day after power" if rig.net_per_day else f"what it earns: {why}"
    told: list[str | Text] = [first, *_prose(f"draws {power}; {net}", width)]
    names = {device.device: shown_name(device) for device in rig.devices}
    for symptom in rig.symptoms[:SYMPTOMS_SHOWN]:
        part = f" ({symptom.part})" if symptom.part else ""
        subject = names.get(symptom.subject, symptom.subject)
        told += _prose(clean_text(f"{subject}{part}: {symptom.said}", length=200), width, BAD)
    more = rig.symptoms_total - min(len(rig.symptoms), SYMPTOMS_SHOWN)
    return [*told, *(_prose(f"and {more} more", width, BAD) if more > 0 else [])]


def _devices(rig: ToldRig, looking: Looking, width: int, room: int | None) -> list[Text]:
    ailing = Counter(symptom.subject for symptom in rig.symptoms)
    rows = in_order(rig.devices, looking.key, ailing=ailing, turned=looking.turned)
    return _table(_device_columns(ailing), rows, width, room, first=looking.first)


def _device_columns(ailing: Counter[str]) -> list[_Column[ToldDevice]]:
    def is_ill(device: ToldDevice) -> bool:
        return bool(ailing[device.device]) or not device.answered or device.state not in {None, "ok"}

    def style(device: ToldDevice) -> str:
        return BAD if is_ill(device) else ""

    return [
        _Column("device", 9, shown_name, style, is_name=True),
        _Column("model", 1, lambda d: d.model or ABSENT, is_name=True),
        _Column("state", 8, lambda d: "silent" if not d.answered else d.state or ABSENT, style, is_name=True),
        _Column("temp", 7, lambda d: number(d.temperature_celsius, " °C"), _heat),
        _Column("to limit", 3, lambda d: number(d.headroom_celsius, " °C"), _heat),
        _Column("fan", 4, lambda d: percent(d.fan_ratio)),
        _Column("power", 6, lambda d: number(d.power_watts, " W")),
        _Column("hashrate", 7, lambda d: _hashrates(d.work)),
        _Column("of exp.", 5, lambda d: percent(share_of_expected(d.work)), lambda d: _lag(d.work)),
        _Column("efficiency", 2, _efficiency),
    ]


def _miner_columns(now: datetime) -> list[_Column[ToldMiner]]:
    def style(miner: ToldMiner) -> str:
        return "" if miner.up else BAD

    def accepted(miner: ToldMiner) -> str:
        if miner.last_accepted_at is None:
            return ABSENT
        return _age(max(0.0, (now - miner.last_accepted_at).total_seconds()))

    return [
        _Column("miner", 9, lambda m: m.miner, style, is_name=True),
        _Column("state", 8, lambda m: "up" if m.up else m.reason or "down", style, is_name=True),
        _Column("hashrate", 7, lambda m: _hashrates(m.work)),
        _Column("of exp.", 5, lambda m: percent(share_of_expected(m.work)), lambda m: _lag(m.work)),
        _Column("accepted", 4, lambda m: ABSENT if m.accepted_shares_total is None else str(m.accepted_shares_total)),
        _Column("rejected", 3, lambda m: ABSENT if m.rejected_shares_total is None else str(m.rejected_shares_total)),
        _Column("last share", 6, accepted),
        _Column("pool", 1, lambda m: m.pool or ABSENT, is_name=True),
    ]


def _worst(symptoms: Sequence[ToldSymptom]) -> str:
    """What is wrong first, and with what."""
    return next((f"{one.subject}{f' ({one.part})' if one.part else ''}: {one.said}" for one in symptoms), "")


_RIG_COLUMNS: list[_Column[ToldVerdict]] = [
    _Column("rig", 9, lambda r: r.rig or ABSENT, lambda r: BAD if r.verdict == "ill" else "", is_name=True),
    _Column(
        "verdict",
        8,
        lambda r: "resting" if r.is_resting else r.verdict,
        lambda r: VERDICT_STYLES[r.verdict],
        is_name=True,
    ),
    _Column("wrong", 6, lambda r: str(r.symptoms_total)),
    _Column("what", 5, lambda r: r.why or _worst(r.symptoms), is_name=True, is_sentence=True),
]


def _heat(device: ToldDevice) -> str:
    room = device.headroom_celsius
    return "" if room is None or room >= LITTLE_ROOM_CELSIUS else BAD if room <= 0 else DOUBTFUL


def _lag(work: Sequence[ToldWork]) -> str:
    share = share_of_expected(work)
    return DOUBTFUL if share is not None and share < LAGS_BELOW_RATIO else ""


def _hashrates(work: Sequence[ToldWork]) -> str:
    return " + ".join(scaled(one.hashes_per_second, "H/s") for one in work) or ABSENT


def _efficiency(device: ToldDevice) -> str:
    rates = {one.algorithm: one.hashes_per_second for one in device.work}
    return told_efficiency(device.power_watts, rates) or ABSENT


def _age(seconds: float) -> str:
    """
    >>> _age(59.4), _age(3600), _age(200_000)
    ('59 s', '60 min', '56 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 2 * 3600 else f"{seconds / 3600:.0f} h"


def _table(
    columns: Sequence[_Column[Row]], rows: Sequence[Row], width: int, room: int | None = None, *, first: int = 0
) -> list[Text]:
    """A head and rows, from the first that is to be seen, as many as there is room for; then how many there are."""
    cells = [[_cell(column, row) for column in columns] for row in rows]
    widths = [max([cell_len(c.head), *(cell_len(row[i]) for row in cells)]) for i, c in enumerate(columns)]
    kept = _kept(columns, widths, width)
    shown = len(rows) if room is None else max(1, min(len(rows), room - 1))
    if shown < len(rows):
        shown = max(1, shown - 1)
    first = min(first, len(rows) - shown)
    lines = [_line([(columns[i].head, HEAD, i) for i in kept], columns, widths)]
    for row, told in list(zip(rows, cells, strict=True))[first : first + shown]:
        lines.append(_line([(told[i], columns[i].style(row), i) for i in kept], columns, widths))
    if shown < len(rows):
        lines.append(Text(f"{first + 1} to {first + shown} of {len(rows)}", style=DIM))
    return lines


def _kept(columns: Sequence[_Column[Row]], widths: list[int], width: int) -> list[int]:
    """The columns for which there is room; the widths of names shrink first where that is enough."""
    kept = list(range(len(columns)))
    for i in kept:
        if columns[i].is_sentence:
            left = width - sum(widths[other] + GAP for other in kept if other != i)
            widths[i] = min(widths[i], max(SHORTEST_SENTENCE, left))
    while sum(widths[i] + GAP for i in kept) - GAP > width and len(kept) > 1:
        kept.remove(min(kept, key=lambda i: columns[i].weight))
    if len(kept) == 1:
        widths[kept[0]] = min(widths[kept[0]], width)
    return kept


def _cell(column: _Column[Row], row: Row) -> str:
    told = clean_text(column.cell(row), length=200)
    return told if column.is_sentence else set_size(told, LONGEST_NAME)


def _line(cells: Sequence[tuple[str, str, int]], columns: Sequence[_Column[Row]], widths: Sequence[int]) -> Text:
    line = Text(no_wrap=True, overflow="crop")
    for place, (told, style, i) in enumerate(cells):
        pad = " " * max(0, widths[i] - cell_len(told))
        is_last_name = columns[i].is_name and place == len(cells) - 1
        line.append(" " * GAP if place else "")
        line.append("" if columns[i].is_name else pad)
        size = _cut if columns[i].is_sentence else set_size
        line.append(size(told, widths[i]) if columns[i].is_name else told, style=style)
        line.append(pad if columns[i].is_name and not is_last_name else "")
    return line


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def set_size(text: str, width: int) -> str:
    """A name in at most so many columns; what is cut from its middle says so, since names differ at their ends.

    >>> set_size("GPU-8f4c-0001", 9), set_size("left", 9)
    ('GPU…-0001', 'left')
    """
    if cell_len(text) <= width:
        return text
    end = (width - 1) * 2 // 3
    return set_cell_size(text, width - 1 - end).rstrip() + "…" + text[-end:]


def _prose(text: str, width: int, style: str = "") -> list[Text]:
    lines = (part for line in fitted(text, width).split("\n") for part in chop_cells(line, width))
    return [Text(line, style=style) for line in lines]
