"""Our lots against those of other programs, on random histories: no difference."""

import csv
import io
import json
import random
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count, islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calculators.books.exact import EXACT
from calculators.books.lot_pile import LotMethod
from calculators.books.matching_rules import match
from calculators.books.movements import Disposal, Matching, Move, Movement, Piece, Receipt
from tests.foreign_tools import require_foreign

pytestmark = [pytest.mark.thorough, pytest.mark.e2e]

HISTORIES = pytest.mark.parametrize("many", [80, pytest.param(1000, marks=pytest.mark.soak)])
START = datetime(2024, 1, 1, 12, tzinfo=UTC)
WALLETS = ("one", "two", "three")
RP2_INI = """
[general]
assets = COIN
exchanges = wallet
holders = miner
[in_header]
timestamp = 0
asset = 1
exchange = 2
holder = 3
transaction_type = 4
spot_price = 5
crypto_in = 6
fiat_in_no_fee = 9
fiat_in_with_fee = 10
unique_id = 11
[out_header]
timestamp = 0
asset = 1
exchange = 2
holder = 3
transaction_type = 4
spot_price = 5
crypto_out_no_fee = 6
crypto_fee = 7
fiat_out_no_fee = 9
unique_id = 11
[intra_header]
timestamp = 0
asset = 1
from_exchange = 2
from_holder = 3
to_exchange = 4
to_holder = 5
spot_price = 6
crypto_sent = 7
crypto_received = 8
unique_id = 11
"""


@dataclass(frozen=True)
class Drawn:
    """One history, and the price of a coin in each receipt, which is exact."""

    movements: list[Movement]
    prices: dict[str, Decimal]


def drawn(seed: int, *, places: int, wallets: int, moves: bool = False) -> Drawn:
    """Two to sixteen movements on days of their own, never more out than in; some sell all that there is."""
    chance = random.Random(seed)
    movements: list[Movement] = []
    prices: dict[str, Decimal] = {}
    balances: dict[str, Decimal] = defaultdict(Decimal)
    day = 0
    for number in range(chance.randrange(2, 17)):
        day += chance.choice((1, 1, 2, 40, 200))
        at, wallet = START + timedelta(days=day), chance.choice(WALLETS[:wallets])
        held = balances[wallet]
        if not held or chance.random() < 0.5:
            amount = Decimal(chance.randrange(1, 10 ** chance.randrange(1, places + 3))).scaleb(-places)
            price = Decimal(chance.randrange(1, 50_000)) / 100
            prices[f"m{number}"] = price
            balances[wallet] = EXACT.add(held, amount)
            movements.append(
                Receipt(
                    id=f"m{number}",
                    at=at,
                    wallet=wallet,
                    asset="COIN",
                    amount=amount,
                    basis=EXACT.multiply(amount, price),
                    kind="mining",
                )
            )
            continue
        units = int(held.scaleb(places))
        amount = Decimal(units if chance.random() < 0.25 else chance.randrange(1, units + 1)).scaleb(-places)
        balances[wallet] = EXACT.subtract(held, amount)
        if moves and chance.random() < 0.3:
            to = chance.choice(WALLETS[:wallets])
            balances[to] = EXACT.add(balances[to], amount)
            movements.append(Move(id=f"m{number}", at=at, wallet=wallet, to_wallet=to, asset="COIN", amount=amount))
            continue
        movements.append(
            Disposal(
                id=f"m{number}",
                at=at,
                wallet=wallet,
                asset="COIN",
                amount=amount,
                proceeds=Decimal(chance.randrange(1, 10**6)) / 100,
                kind=chance.choice(("sale", "sale", "fee")),
            )
        )
    return Drawn(movements, prices)


def several(many: int, *, places: int, wallets: int, moves: bool = False) -> list[Drawn]:
    """As many as are asked for, each with a disposal in it."""
    all_of_them = (drawn(seed, places=places, wallets=wallets, moves=moves) for seed in count())
    selling = (one for one in all_of_them if any(isinstance(each, Disposal) for each in one.movements))
    return list(islice(selling, many))


def ours(history: Drawn, method: LotMethod, *, by_wallet: bool) -> Matching:
    scope = "wallet" if by_wallet else "universal"
    return match(history.movements, method=method, scope=scope, zone=ZoneInfo("UTC"))  # type: ignore[arg-type]


def asked(program: list[str | Path], folder: Path, given: str | None = None) -> str:
    done = subprocess.run(
        program,
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={"HOME": str(folder)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@HISTORIES
@pytest.mark.parametrize("method", ["fifo", "lifo"])
def test_no_history_of_all_wallets_together_differs_from_rp2(many: int, method: LotMethod, tmp_path: Path) -> None:
    """RP2 keeps 13 digits behind the point and matches all wallets together; transfers are nothing to it."""
    programs = require_foreign("rp2")
    histories = several(many, places=8, wallets=3, moves=True)
    (tmp_path / "rp2.ini").write_text(RP2_INI)
    rows = [
        [
            {
                "id": one.id,
                "at": one.at.isoformat(),
                "kind": one.kind,
                "amount": str(one.amount),
                "value": str(one.basis if isinstance(one, Receipt) else one.proceeds),
            }
            for one in history.movements
            if not isinstance(one, Move)
        ]
        for history in histories
    ]
    script = Path(__file__).with_name("rp2_lots.py")

    answer = json.loads(asked([programs / "python", script, "rp2.ini", method], tmp_path, json.dumps(rows)))

    for history, theirs in zip(histories, answer, strict=True):
        told = ours(history, method, by_wallet=False).pieces
        assert [(piece.disposal_id, piece.receipt_id, piece.amount) for piece in told] == [
            (disposal, lot, Decimal(amount)) for disposal, lot, amount, _, _ in theirs
        ]
        for piece, (*_, basis, gain) in zip(told, theirs, strict=True):
            assert piece.basis is not None
            assert piece.gain is not None
            assert abs(piece.basis - Fraction(basis)) < Fraction(1, 10**9)
            assert abs(piece.gain - Fraction(gain)) < Fraction(1, 10**9)


def beancount_of(histories: list[Drawn], method: str) -> Iterator[str]:
    """All of them in one journal: an account for each wallet of each, which books by the method."""
    yield "2020-01-01 open Assets:Cash\n2020-01-01 open Income:Gains\n"
    for number, history in enumerate(histories):
        for wallet in sorted({one.wallet for one in history.movements}):
            yield f'2020-01-01 open {account(number, wallet)} COIN "{method.upper()}"\n'
        for one in history.movements:
            yield f'{one.at:%Y-%m-%d} * "{number}/{one.id}"\n'
            if isinstance(one, Receipt):
                yield f'  {account(number, one.wallet)}  {one.amount:f} COIN {{{history.prices[one.id]} USD, "{one.id}"}}\n'
                yield "  Assets:Cash\n"
            else:
                yield f"  {account(number, one.wallet)}  -{one.amount:f} COIN {{}}\n  Assets:Cash  1 USD\n  Income:Gains\n"


def account(number: int, wallet: str) -> str:
    return f"Assets:H{number}:{wallet.title()}"


@HISTORIES
@pytest.mark.parametrize("method", ["fifo", "lifo", "hifo"])
def test_no_history_by_wallet_differs_from_beancount(many: int, method: LotMethod, tmp_path: Path) -> None:
    """Lots at prices of their own, so that of two at one price none is asked for; amounts with 18 digits."""
    programs = require_foreign("beancount")
    histories = [apart(history) for history in several(many, places=18, wallets=2)]
    (tmp_path / "all.beancount").write_text("".join(beancount_of(histories, method)))
    query = "SELECT narration, account, number, cost_number, cost_label WHERE account ~ 'Assets:H' AND number < 0"

    answer = asked([programs / "bean-query", "-f", "csv", "all.beancount", query], tmp_path)

    theirs: dict[str, list[tuple[str, str, Decimal, Decimal]]] = defaultdict(list)
    for row in csv.DictReader(io.StringIO(answer)):
        number = row["narration"].strip()
        theirs[number].append(
            (
                row["account"].strip(),
                row["cost_label"].strip(),
                -Decimal(row["number"].strip()),
                Decimal(row["cost_number"].strip()),
            )
        )
    disposals = 0
    for number, history in enumerate(histories):
        pieces: dict[str, list[Piece]] = defaultdict(list)
        for piece in ours(history, method, by_wallet=True).pieces:
            pieces[f"{number}/{piece.disposal_id}"].append(piece)
        for name, parts in pieces.items():
            disposals += 1
            told = [(account(number, part.wallet), part.receipt_id, part.amount) for part in parts]
            assert [(where, lot, amount) for where, lot, amount, _ in theirs.pop(name)] == told
            assert all(
                part.basis == Fraction(part.amount) * Fraction(history.prices[part.receipt_id or ""]) for part in parts
            )
    assert not theirs
    assert disposals > many


def apart(history: Drawn) -> Drawn:
    """The same with no two lots at one price."""
    prices = {name: price + Decimal(number) / 10**5 for number, (name, price) in enumerate(history.prices.items())}
    movements: list[Movement] = [
        replace(one, basis=EXACT.multiply(one.amount, prices[one.id])) if isinstance(one, Receipt) else one
        for one in history.movements
    ]
    return Drawn(movements, prices)
