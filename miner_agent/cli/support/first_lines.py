"""What every answer about money says first: its market, its rig, what was assumed, how far it can be trusted."""

from collections.abc import Iterable, Sequence

from rich.console import Console

from calculators.earnings.estimate import Estimate
from calculators.told_figures import percent_told
from miner_agent.cli.support.plain_lines import print_line
from miner_agent.profit.quotes import told_ages
from miner_agent.profit.ranking import Ranking
from miner_agent.profit.ranking_question import Conditions
from miner_agent.profit.rig_figures import Rig, RigPart


def show_first_lines(
    out: Console,
    ranking: Ranking,
    *,
    trusted: Iterable[Estimate],
    subject: str | None = None,
    notes: Sequence[str] = (),
) -> None:
    """Print how old the market is, the rig and its fees, for what it has figures, confidence and assumptions.

    Args:
        out: where to.
        ranking: from which the answer is.
        trusted: the estimates that it rests on.
        subject: what it is about; ``None``: the rig.
        notes: what was assumed beside what the ranking tells.
    """
    print_line(out, f"Market: {told_ages(ranking.market.ages, ranking.now)}", style="bold")
    about = subject or f"Rig: {ranking.rig.name}"
    print_line(out, f"{about}; {told_conditions(ranking.conditions, ranking.rig)}")
    print_line(out, f"Figures: {ranking.cover.told}")
    show_confidence(out, trusted)
    show_assumed(out, (*notes, *ranking.notes))


def best_of_parts(ranking: Ranking) -> Sequence[Estimate]:
    """What a ranking rests on: the best of each part."""
    return [of.best for of in ranking.parts if of.best is not None]


def show_assumed(out: Console, notes: Iterable[str]) -> None:
    """What was taken for granted."""
    for note in notes:
        print_line(out, f"Assumed: {note}")


def show_confidence(out: Console, trusted: Iterable[Estimate]) -> None:
    """How far each estimate can be trusted, and which chains are in no sum though they are mined."""
    found = list(trusted)
    for line in dict.fromkeys(map(confidence_line, found)):
        print_line(out, line)
    told = (zip(each.confidence.reasons, each.confidence.kinds, strict=True) for each in found)
    for reason in dict.fromkeys(reason for reasons in told for reason, kind in reasons if kind == "left_out"):
        print_line(out, f"Left out: {reason}", style="yellow")


def confidence_line(found: Estimate) -> str:
    """How far the figures of a coin can be trusted, with the weightiest reason."""
    return f"Confidence of {'+'.join(found.chains)}: {found.confidence.told}"


def told_conditions(conditions: Conditions, rig: Rig) -> str:
    """What was given or taken for granted of fees, so that nobody has to guess."""
    ratios = {
        "pool": conditions.pool_fee_ratio,
        "program": conditions.dev_fee_ratio,
        "stale": conditions.stale_ratio,
        "sale": conditions.exchange_fee_ratio,
    }
    fees = ", ".join(
        f"{name} {_usual(rig) if ratio is None else percent_told(ratio, count=6)}" for name, ratio in ratios.items()
    )
    return f"fees: {fees}; mining {percent_told(conditions.uptime_ratio, count=6)} of the day"


def _usual(rig: Rig) -> str:
    """What the programs of this rig are taken to keep."""
    kept: dict[str, list[str]] = {}
    for part in rig.parts:
        kept.setdefault(_kept(part), []).append(part.name)
    if len(kept) == 1:
        return f"taken for {next(iter(kept))}"
    return "taken for " + " and ".join(f"{fee} of {', '.join(names)}" for fee, names in kept.items())


def _kept(part: RigPart) -> str:
    works = (each for work in part.works for each in (work, work.second) if each is not None)
    fees = sorted({work.program_fee_ratio for work in works}) or [0.0]
    told = [percent_told(fee) for fee in fees]
    return told[0] if len(told) == 1 else f"{told[0]} to {told[-1]}"
