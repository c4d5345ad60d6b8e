"""Which coin to mine: the best by the user's criterion, once that is worth a switch. Every answer is a record.

Whether to run at all goes by the mean, whatever the criterion: a bad day can be ended that day, so the tail tells which
coin, not whether any.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from calculators.chain.confidence import STALE
from calculators.given import not_negative
from calculators.horizon.outlook import Outlook
from calculators.money import Money
from calculators.told_figures import significant

Criterion = Literal["mean", "cvar", "regret"]
Reason = Literal["best", "better", "unprofitable", "failure", "user", "hysteresis", "dwell", "stale"]

REFUSALS: frozenset[Reason] = frozenset({"hysteresis", "dwell", "stale"})
"""Reasons that hold a choice back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How a miner wants to choose."""

    by: Criterion = "mean"  # no other brought more over the histories at hand, and none with fewer switches
    hysteresis_ratio: float = 0.05  # of the mined coin's revenue: another has to be better by more
    minimum_dwell: timedelta = timedelta(hours=1)
    stale_after: timedelta = STALE

    def __post_init__(self) -> None:
        not_negative(
            hysteresis_ratio=self.hysteresis_ratio,
            minimum_dwell_seconds=self.minimum_dwell.total_seconds(),
            stale_after_seconds=self.stale_after.total_seconds(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided for a machine, why, and from what. ``None`` for a coin: the machine stands idle."""

    decided_at: datetime
    before: str | None
    after: str | None
    wanted: str | None  # by the criterion alone
    reason: Reason
    sentence: str
    clear_winner: bool  # whether the wanted coin is the best on 95 % of the paths
    rule: Rule
    mined_since: datetime | None
    outlooks: tuple[Outlook, ...]

    @property
    def changed(self) -> bool:
        """Whether the machine has to switch."""
        return self.after != self.before

    @property
    def refused(self) -> bool:
        """Whether another coin was wanted, and held back."""
        return not self.changed and self.reason in REFUSALS


def choose(
    *,
    outlooks: Sequence[Outlook],
    mining: str | None,
    mined_since: datetime | None,
    now: datetime,
    outlooks_at: datetime,
    rule: Rule,
    idle: Money | None,
    failed: Collection[str] = (),
    user_wants: str | None = None,
) -> Decision:
    """Chooses for one machine. That the switch then works is not in it.

    In this order: what the user wants; away from a coin that failed; nothing new from stale figures; nothing before the
    minimum dwell; the best coin, if it is better by more than the hysteresis; idle, where no coin brings more.

    Args:
        outlooks: of one machine, a coin each; the cost of switching in their figures.
        mining: the coin that is mined now, or ``None`` where the machine stands idle.
        mined_since: when that began, aware. ``None``: not known, or never: then there is no dwell to wait for.
        now: this moment, aware.
        outlooks_at: how old the figures behind the outlooks are, aware.
        rule: of the user.
        idle: what standing idle brings over the outlooks' days, mostly a small cost, so below zero. [currency]
            ``None``: the machine may not.
        failed: coins whose pool or program does not work now.
        user_wants: a coin that is mined whatever the figures say.

    Raises:
        ValueError: outlooks are of several machines or horizons, or name a coin twice; currencies differ; a time has
            no zone.

    >>> from datetime import UTC
    >>> from decimal import Decimal
    >>> def of(coin, amount):
    ...     money = Money(Decimal(amount), "USD")
    ...     return Outlook(machine="rig", coin=coin, algorithm="any", days=1, paths=100, expected_revenue=money,
    ...                    expected=money, p5=money, p50=money, p95=money, cvar_5=money, probability_of_loss=0,
    ...                    maximum_regret=Money(Decimal(0), "USD"), probability_best=0.5, switch_cost=money)
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> done = choose(outlooks=[of("ETC", "1.00"), of("RVN", "1.04")], mining="ETC", mined_since=None, now=noon,
    ...               outlooks_at=noon, rule=Rule(), idle=Money(Decimal(0), "USD"))
    >>> done.after, done.reason, done.wanted
    ('ETC', 'hysteresis', 'RVN')
    """
    _comparable(outlooks, idle)
    if any(moment is not None and moment.tzinfo is None for moment in (now, outlooks_at, mined_since)):
        raise ValueError("the times of a choice need their zones")
    at_work = [each for each in outlooks if each.coin not in failed]
    best = _best([each for each in at_work if idle is None or each.expected > idle], rule.by, mining)
    case = _Case(
        rule=rule,
        mining=mining,
        running=next((each for each in at_work if each.coin == mining), None),
        best=best,
        idle=idle,
        mined_for=None if mined_since is None else now - mined_since,
    )
    wanted = case.wanted
    if user_wants is not None:
        verdict = _Verdict(user_wants, "user", f"{user_wants}: the user wants it")
    elif mining in failed:
        verdict = _Verdict(wanted, "failure", f"{mining} does not work now; {case.wanted_name} instead")
    elif case.running is None and (mining is not None or not outlooks):
        verdict = _Verdict(mining, "stale", f"nothing is known of what {mining or 'any coin'} earns now")
    elif wanted == mining:
        verdict = _Verdict(mining, "best", f"{case.wanted_name} is the best{_clearly(best)}")
    elif abs(now - outlooks_at) > rule.stale_after:
        told = f"{outlooks_at:%Y-%m-%d %H:%M %Z}"
        verdict = _Verdict(mining, "stale", f"{case.wanted_name} would be better by figures of {told}")
    else:
        verdict = _compared(case)
    return Decision(
        decided_at=now,
        before=mining,
        after=verdict.after,
        wanted=wanted,
        reason=verdict.reason,
        sentence=verdict.sentence,
        clear_winner=best is not None and best.is_clear_winner,
        rule=rule,
        mined_since=mined_since,
        outlooks=tuple(outlooks),
    )


class _Verdict(NamedTuple):
    after: str | None
    reason: Reason
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What is weighed: the coin that is mined, if one is, against the best, if one brings more than standing idle."""

    rule: Rule
    mining: str | None
    running: Outlook | None
    best: Outlook | None
    idle: Money | None
    mined_for: timedelta | None

    @property
    def wanted(self) -> str | None:
        return None if self.best is None else self.best.coin

    @property
    def wanted_name(self) -> str:
        return self.wanted or "idle"

    @property
    def pays(self) -> bool:
        """Whether what runs brings more than standing idle."""
        return self.running is not None and (self.idle is None or self.running.expected > self.idle)


def _compared(case: _Case) -> _Verdict:
    """Of fresh figures, where another coin is wanted than the one that is mined."""
    rule, mining, wanted = case.rule, case.mining, case.wanted_name
    if mining is None and (case.mined_for is None or case.idle is None):
        return _Verdict(case.wanted, "better", f"{wanted} is the best to begin with{_clearly(case.best)}")
    if case.mined_for is not None and timedelta(0) <= case.mined_for < rule.minimum_dwell:
        since, least = _minutes(case.mined_for), _minutes(rule.minimum_dwell)
        return _Verdict(
            mining, "dwell", f"{wanted} would be better; {since} since the last switch, {least} is the least"
        )
    gain, revenue = _gain(case)
    words = f"{wanted} is better than {mining or 'idle'} by {_amount(gain)}"
    if float(gain) <= rule.hysteresis_ratio * abs(float(revenue)):
        few = f"not by more than {100 * rule.hysteresis_ratio:.3g} % of {_amount(revenue)} of revenue"
        return _Verdict(mining, "hysteresis", f"{words}, {few}")
    if case.running is not None and not case.pays:
        return _Verdict(
            case.wanted, "unprofitable", f"{mining} brings no more than standing idle; {words}{_clearly(case.best)}"
        )
    return _Verdict(case.wanted, "better", f"{words}{_clearly(case.best)}")


def _best(outlooks: Sequence[Outlook], by: Criterion, mining: str | None) -> Outlook | None:
    """Of equals the one with the larger mean, then the one that is mined, then the first by name."""
    return max(
        sorted(outlooks, key=lambda each: each.coin),
        key=lambda each: (_score(each, by).amount, each.expected.amount, each.coin == mining),
        default=None,
    )


def _score(outlook: Outlook, by: Criterion) -> Money:
    if by == "mean":
        return outlook.expected
    return outlook.cvar_5 if by == "cvar" else -outlook.maximum_regret


def _gain(case: _Case) -> tuple[Money, Money]:
    """By how much the best is better, and the revenue that the hysteresis is a part of.

    What pays no more than standing idle is left by the mean, as idle itself is compared.
    """
    running, best, idle = case.running, case.best, case.idle
    if running is not None and best is not None:
        by = case.rule.by if case.pays else "mean"
        return _score(best, by) - _score(running, by), running.expected_revenue
    one = running or best
    if one is None or idle is None:
        raise ValueError("there is nothing to compare")
    return (idle - one.expected if running is not None else one.expected - idle), one.expected_revenue


def _comparable(outlooks: Sequence[Outlook], idle: Money | None) -> None:
    if len({(each.machine, each.days) for each in outlooks}) > 1:
        raise ValueError("outlooks are of several machines, or of several horizons; choose for each by itself")
    currencies = {each.expected.currency for each in outlooks} | ({idle.currency} if idle is not None else set())
    if len(currencies) > 1:
        raise ValueError(f"outlooks are in {' and '.join(sorted(currencies))}; convert them to one currency")
    names = [each.coin for each in outlooks]
    if len(set(names)) < len(names):
        raise ValueError(f"a coin is there twice: {', '.join(names)}")


def _clearly(best: Outlook | None) -> str:
    if best is None or best.why_unclear is None:
        return ""
    return f"; no clear winner: {best.why_unclear}"


def _minutes(span: timedelta) -> str:
    return f"{span / timedelta(minutes=1):.0f} min"


def _amount(money: Money) -> str:
    return f"{significant(float(money), count=4)} {money.currency}"
