"""The same alerts in less time: for trials in which a day is to pass in minutes."""

from dataclasses import replace

from exporters.alerts.alert_rule import AlertRule
from exporters.alerts.conditions import (
    AgeOf,
    Bound,
    ChangesOf,
    Compare,
    Condition,
    Fallen,
    Grown,
    Highest,
    Scaled,
    Term,
    TooFew,
    TooMany,
)


def scaled(rule: AlertRule, factor: float) -> AlertRule:
    """The rule with every time of it multiplied: how long it must last, windows, and ages."""
    return replace(
        rule,
        condition=_condition(rule.condition, factor),
        for_seconds=rule.for_seconds * factor,
        keep_firing_seconds=rule.keep_firing_seconds * factor,
        guards=tuple(replace(guard, condition=_condition(guard.condition, factor)) for guard in rule.guards),
    )


def _condition(asked: Condition, factor: float) -> Condition:
    match asked:
        case TooFew():
            return replace(asked, windows_seconds=tuple(seconds * factor for seconds in asked.windows_seconds))
        case TooMany():
            return replace(asked, within_seconds=asked.within_seconds * factor)
        case Compare():
            bounds = (asked.bound, asked.clears)
            of_time = isinstance(asked.term, AgeOf)
            bound, clears = (_bound(each, factor) if of_time and each is not None else each for each in bounds)
            return Compare(_term(asked.term, factor), asked.operator, asked.bound if bound is None else bound, clears)


def _term(asked: Term, factor: float) -> Term:
    match asked:
        case Grown() | Fallen() | Highest() | ChangesOf():
            return replace(asked, within_seconds=asked.within_seconds * factor)
        case _:
            return asked


def _bound(bound: Bound, factor: float) -> Bound:
    """A time that an age is compared with. What is told by a metric is as long as it is: it comes from what runs."""
    return replace(bound, plus=bound.plus * factor) if isinstance(bound, Scaled) else bound * factor
