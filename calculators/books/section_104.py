"""The United Kingdom: coins of the day of a disposal go with it, then those of the 30 days after, then the pool.

Taxation of Chargeable Gains Act 1992, sections 104 to 106A; HMRC's CRYPTO22251 and following. The coins of all wallets
are one holding, and what comes on one day is one acquisition.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from calculators.books.cost_pool import CostPool
from calculators.books.exact import EXACT
from calculators.books.movements import Disposal, Matching, Move, Movement, Piece, Receipt, Rule, Shortage
from calculators.books.tax_year import day_of
from calculators.books.whereabouts import Whereabouts

DAYS_AFTER = 30


@dataclass(slots=True)
class _Day:
    """What of one coin came and went on one day."""

    came: CostPool = field(default_factory=CostPool)  # what of it no disposal has yet
    receipts: list[Receipt] = field(default_factory=list)
    went: list["_Open"] = field(default_factory=list)


@dataclass(slots=True)
class _Open:
    """A disposal, and how much of it has no cost yet."""

    disposal: Disposal
    left: Decimal


def match_section_104(movements: Sequence[Movement], *, zone: ZoneInfo) -> Matching:
    """Matches disposals by the three rules.

    Args:
        movements: of any coins. Transfers change nothing but where the coins are.
        zone: whose days count.
    """
    coins: dict[str, dict[date, _Day]] = defaultdict(lambda: defaultdict(_Day))
    for movement in sorted(movements, key=lambda movement: movement.at):
        if isinstance(movement, Move):
            continue
        day = coins[movement.asset][day_of(movement.at, zone)]
        if isinstance(movement, Receipt):
            day.came.put(movement.amount, movement.basis or Decimal(0))
            day.receipts.append(movement)
        else:
            day.went.append(_Open(movement, movement.amount))
    whereabouts = Whereabouts.of(movements)
    told = [_one_coin(asset, dict(sorted(days.items())), whereabouts) for asset, days in sorted(coins.items())]
    pieces = sorted((piece for one in told for piece in one.pieces), key=lambda piece: piece.disposed_at)
    return Matching(
        pieces=tuple(pieces),
        held=tuple(lot for one in told for lot in one.held),
        shortages=tuple(shortage for one in told for shortage in one.shortages),
    )


def _one_coin(asset: str, days: dict[date, _Day], whereabouts: Whereabouts) -> Matching:
    """All three rules, each over all days before the next one."""
    pieces = [piece for day in days.values() for piece in _take(day, day, "same day")]
    receiving = [day for day, one in days.items() if one.receipts]
    first = 0
    for disposing, one in days.items():
        while first < len(receiving) and receiving[first] <= disposing:
            first += 1
        following = first
        while following < len(receiving) and receiving[following] <= disposing + timedelta(days=DAYS_AFTER):
            if not any(each.left for each in one.went):
                break
            pieces += _take(one, days[receiving[following]], "30 days")
            following += 1
    pool, shortages = CostPool(), []
    for one in days.values():
        pool.put(one.came.amount, one.came.basis)
        for each in one.went:
            if not each.left:
                continue
            if pool.amount:
                part, basis = pool.take(each.left)
                pieces.append(_piece(each.disposal, part, basis, "section 104"))
                each.left = EXACT.subtract(each.left, part)
            if each.left:
                gone = each.disposal
                shortages.append(Shortage(disposal_id=gone.id, asset=asset, wallet=gone.wallet, amount=each.left))
                pieces.append(_piece(gone, each.left, None, "section 104"))
    return Matching(pieces=tuple(pieces), held=tuple(pool.held(asset, "", whereabouts)), shortages=tuple(shortages))


def _take(disposing: _Day, receiving: _Day, rule: Rule) -> Iterable[Piece]:
    """What the disposals of one day take of what came on another."""
    only = receiving.receipts[0] if len(receiving.receipts) == 1 else None
    for each in disposing.went:
        if each.left and receiving.came.amount:
            part, basis = receiving.came.take(each.left)
            each.left = EXACT.subtract(each.left, part)
            yield _piece(each.disposal, part, basis, rule, of=only)


def _piece(disposal: Disposal, amount: Decimal, basis: Fraction | None, rule: Rule, of: Receipt | None = None) -> Piece:
    return Piece(disposal=disposal, receipt=of, amount=amount, pool_cost=basis, rule=rule)
