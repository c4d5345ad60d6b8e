"""Our pools of the United Kingdom against BittyTax, run as a program, on random histories: no difference."""

import csv
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calculators.books.matching_rules import match
from calculators.books.movements import Disposal, Movement, Piece, Receipt
from tests.calculators.books.test_foreign_lots import HISTORIES, asked
from tests.foreign_tools import require_foreign

pytestmark = [pytest.mark.thorough, pytest.mark.e2e]

FIRST_NOON = datetime(2025, 4, 7, 12, tzinfo=UTC)
PENNY = Fraction(1, 100)
CONFIGURATION = "local_currency: 'GBP'\nlocal_timezone: 'UTC'\ndata_source_fiat: []\ndata_source_crypto: []\n"
COLUMNS = (
    "Type", "Buy Quantity", "Buy Asset", "Buy Value in GBP", "Sell Quantity", "Sell Asset", "Sell Value in GBP",
    "Fee Quantity", "Fee Asset", "Fee Value in GBP", "Wallet", "Timestamp", "Note",
)  # fmt: skip
ROW = re.compile(
    r"(?P<coin>H\d+) +(?P<sold>\d\d/\d\d/\d{4}) (?P<rule>Same Day|Section 104|Bed & Breakfast)(?: \((?P<came>[\d/]+)\))? +"
    r"(?P<amount>[\d.]+) +£(?P<cost>[\d,.]+) +£0.00 +£(?P<proceeds>[\d,.]+) +£(?P<gain>[-\d,.]+)"
)
RULES = {"same day": "Same Day", "30 days": "Bed & Breakfast", "section 104": "Section 104"}

Key = tuple[str, str, str, str | None]
"""Coin, day of the disposal, rule, and for the second rule the day on which what it takes came."""


def drawn(seed: int, coin: str) -> list[Movement]:
    """Some days of one tax year; on each of them one receipt, one sale, or both; never more out than in."""
    chance = random.Random(seed)
    told: list[Movement] = []
    held = day = 0
    for number in range(chance.randrange(3, 15)):
        day += chance.choice((0, 1, 1, 5, 12, 29, 30, 31))
        noon = FIRST_NOON + timedelta(days=day)
        if day > 350:
            break
        came_today = any(isinstance(one, Receipt) and one.at.date() == noon.date() for one in told)
        went_today = any(isinstance(one, Disposal) and one.at.date() == noon.date() for one in told)
        worth = Decimal(chance.randrange(1, 10**5)) / 100
        if (chance.random() < 0.5 or not held) and not came_today:
            amount = chance.randrange(1, 12)
            held += amount
            at = noon + timedelta(minutes=number)
            told.append(
                Receipt(
                    id=f"m{number}", at=at, wallet="w", asset=coin, amount=Decimal(amount), basis=worth, kind="mining"
                )
            )
        elif held and not went_today:
            amount = chance.randrange(1, held + 1)
            held -= amount
            at = noon + timedelta(minutes=number)
            told.append(
                Disposal(
                    id=f"m{number}", at=at, wallet="w", asset=coin, amount=Decimal(amount), proceeds=worth, kind="sale"
                )
            )
    return told


def csv_rows(history: list[Movement]) -> Iterator[tuple[str, ...]]:
    for one in history:
        when = f"{one.at:%Y-%m-%dT%H:%M:%S} UTC"
        if isinstance(one, Receipt):
            yield "Mining", str(one.amount), one.asset, str(one.basis), "", "", "", "", "", "", "w", when, ""
        elif isinstance(one, Disposal):
            yield "Trade", str(one.proceeds), "GBP", "", str(one.amount), one.asset, "", "", "", "", "w", when, ""


def key_of(piece: Piece) -> Key:
    came = piece.acquired_at if piece.rule == "30 days" else None
    told = None if came is None else f"{came:%d/%m/%Y}"
    return piece.asset, f"{piece.disposed_at:%d/%m/%Y}", RULES[piece.rule], told


def number(text: str) -> Fraction:
    return Fraction(text.replace(",", ""))


@HISTORIES
def test_no_history_of_the_united_kingdom_differs_from_bittytax(many: int, tmp_path: Path) -> None:
    """It rounds each row to the penny: costs and gains are the same to one for each row of the coin before it."""
    programs = require_foreign("bittytax")
    histories = {f"H{seed}": drawn(seed, f"H{seed}") for seed in range(many)}
    (tmp_path / ".bittytax").mkdir()
    (tmp_path / ".bittytax" / "bittytax.conf").write_text(CONFIGURATION)
    with (tmp_path / "records.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(row for history in histories.values() for row in csv_rows(history))

    answer = asked([programs / "bittytax", "records.csv", "--nopdf", "-ty", "2026"], tmp_path)

    theirs: dict[Key, tuple[Decimal, Fraction, Fraction]] = {}
    for found in ROW.finditer(re.sub(r"\x1b\[[0-9;]*m", "", answer)):
        key = found["coin"], found["sold"], found["rule"], found["came"]
        assert key not in theirs
        theirs[key] = Decimal(found["amount"]), number(found["cost"]), number(found["gain"])
    assert len(theirs) > many
    assert {rule for _, _, rule, _ in theirs} == set(RULES.values())
    for coin, history in histories.items():
        ours: dict[Key, list[Piece]] = defaultdict(list)
        matching = match(history, method="section104", scope="universal", zone=ZoneInfo("UTC"), country="GB")
        for piece in matching.pieces:
            ours[key_of(piece)].append(piece)
        assert not matching.shortages
        for key, parts in ours.items():
            amount, cost, gain = theirs.pop(key)
            assert sum(part.amount for part in parts) == amount
            assert abs(sum(part.basis or 0 for part in parts) - cost) <= PENNY * (1 + len(ours)), coin
            assert abs(sum(part.gain or 0 for part in parts) - gain) <= PENNY * (1 + len(ours)), coin
    assert theirs == {}
