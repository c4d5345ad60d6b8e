"""Writes conditions and guards as expressions of Prometheus and of what speaks its language.

Everything is joined on the target as well: ``job``, ``instance`` and ``rig``. A label that is missing counts as
empty, so that the same rules hold for a rig, for many, and for the pages of a gateway.
"""

import re

from exporters.alerts.alert_rule import AlertGuard, AlertRule
from exporters.alerts.conditions import (
    AgeOf,
    Apart,
    Bound,
    ChangesOf,
    Compare,
    Condition,
    Fallen,
    Grown,
    Highest,
    Labels,
    Quotient,
    Scaled,
    Series,
    Term,
    TooFew,
    TooMany,
)

TARGET = ("job", "instance", "rig")
OWN_LABELS = ("alertname", "alertstate", "alertgroup", "severity")
"""What the series of an alert has beyond those of its expression; alertgroup is vmalert's."""
OWNED_HERE = 'unless on (job, instance) (rig_alerts_owner{owner="local"} == 1)'


def expression(rule: AlertRule) -> str:
    """The whole rule, but for how long it must last. A line for what it is about and one for each guard."""
    return "\n".join((condition(rule.condition, rule.name), *map(guarded, rule.guards)))


def guarded(guard: AlertGuard) -> str:
    """A guard, as it stands behind the condition."""
    return f"{'and' if guard.holds else 'unless'} {_on(guard.on)} ({condition(guard.condition)})"


def condition(asked: Condition, alert: str | None = None) -> str:
    """A condition. ``alert``: whose it is, where it clears at another bound than it fires at."""
    match asked:
        case TooFew():
            return _either([_too_few(asked, seconds) for seconds in asked.windows_seconds])
        case TooMany():
            return _too_many(asked)
        case Compare(term=left, operator=operator, bound=bound, clears=clears):
            fires = _compared(left, operator, bound)
            if clears is None or alert is None:
                return fires
            firing = f'ALERTS{{alertname="{alert}",alertstate="firing"}}'
            return _either(
                [fires, f"({_compared(left, operator, clears)} and ignoring ({', '.join(OWN_LABELS)}) {firing})"]
            )


def term(asked: Term) -> str:
    """The left side of a comparison."""
    match asked:
        case Series():
            return selected(asked)
        case AgeOf(of=of):
            return f"time() - {selected(of)}"
        case Grown():
            grown = _grown(asked.of, asked.within_seconds)
            return f"({grown}) / {_number(asked.within_seconds)}" if asked.a_second else grown
        case Fallen(of=of, within_seconds=seconds):
            return f"max_over_time({selected(of)}[{duration(seconds)}]) - {selected(of)}"
        case Highest(of=of, within_seconds=seconds):
            return f"(max_over_time({selected(of)}[{duration(seconds)}]) and {selected(of)})"
        case ChangesOf(of=of, within_seconds=seconds):
            return f"(changes({selected(of)}[{duration(seconds)}]) and {selected(of)})"
        case Quotient(of=of, by=by, on=on):
            return f"{selected(of)} / {_joined(on)} ({selected(by)} != 0)"
        case Apart(of=of, other=other, on=on):
            return f"abs({selected(of)} - {_joined(on)} {selected(other)})"


def selected(asked: Series) -> str:
    """A metric, as far as its labels hold the words that are asked for."""
    matchers = [
        *(f"{label}{'=~' if len(words) > 1 else '='}{_quoted(words)}" for label, words in asked.where),
        *(f"{label}{'!~' if len(words) > 1 else '!='}{_quoted(words)}" for label, words in asked.but),
    ]
    chosen = f"{asked.name}{{{','.join(matchers)}}}" if matchers else asked.name
    match asked.together:
        case None:
            return chosen
        case "above_zero":
            return f"sum without ({', '.join(asked.over)}) ({chosen} > bool 0)"
        case together:
            return f"{together} without ({', '.join(asked.over)}) ({chosen})"


def duration(seconds: float) -> str:
    """A time, as Prometheus writes it.

    >>> duration(3600), duration(90), duration(1.5)
    ('1h', '90s', '1500ms')
    """
    milliseconds = round(seconds * 1000)
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"


def _compared(left: Term, operator: str, bound: Bound) -> str:
    match bound:
        case Scaled():
            return f"{term(left)} {operator} {_joined(bound.on)} {_scaled(bound)}"
        case _:
            return f"{term(left)} {operator} {_number(bound)}"


def _scaled(bound: Scaled) -> str:
    written = selected(bound.of)
    if bound.times != 1:
        written += f" * {_number(bound.times)}"
    if bound.plus:
        written += f" {'+' if bound.plus > 0 else '-'} {_number(abs(bound.plus))}"
    if bound.at_least is not None:
        return f"clamp_min({written}, {_number(bound.at_least)})"
    return f"({written})"


def _too_few(asked: TooFew, seconds: float) -> str:
    counted, expected = _grown(asked.counted, seconds), _grown(asked.expected, seconds)
    ratio = _number(asked.ratio)
    return f"({counted}) / ({expected} > 0) < {ratio} - {_number(asked.sigmas)} * sqrt({ratio} / ({expected}))"


def _too_many(asked: TooMany) -> str:
    part, rest = _grown(asked.part, asked.within_seconds), _grown(asked.rest, asked.within_seconds)
    both = f"(({part}) + ({rest}) > 0)"
    surely = f"(({part}) - {_number(asked.sigmas)} * sqrt({part})) / {both} > {_number(asked.surely)}"
    return f"(({part}) / {both} > {_number(asked.ratio)} and {surely})"


def _grown(of: Series, seconds: float) -> str:
    chosen = selected(of)
    return f"{chosen} - min_over_time({chosen}[{duration(seconds)}])"


def _either(expressions: list[str]) -> str:
    return expressions[0] if len(expressions) == 1 else "(" + "\nor ".join(expressions) + ")"


def _on(labels: Labels) -> str:
    return f"on ({', '.join((*TARGET, *labels))})"


def _joined(labels: Labels) -> str:
    return f"{_on(labels)} group_left ()"


def _quoted(words: Labels) -> str:
    """One word as it is, several as a pattern of them."""
    text = words[0] if len(words) == 1 else "|".join(map(re.escape, words))
    return '"' + text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n") + '"'


def _number(value: float) -> str:
    return f"{value:.12g}"
