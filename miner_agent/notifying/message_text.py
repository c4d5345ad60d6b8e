"""Notices as people read them: who, what, since when, what to do. Every name in them passes ``clean_text``."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from calculators.told_figures import counted
from miner_agent.model.alerting import Notice, NoticeState, Severity
from miner_agent.model.told_quantities import told_duration, told_quantity
from miner_agent.notifying.channel import Dispatch
from miner_agent.text import LOG_LENGTH, clean_text

TITLE_LENGTH = 120
LINE_LENGTH = 512
WORST_TOLD = 10  # lines of a digest beside its counts
RULES_TOLD = 15
RIGS_TOLD = 5
A_WHILE = timedelta(minutes=1)
RANK: dict[Severity, int] = {"critical": 0, "warning": 1, "info": 2, "none": 3}
Kind = Literal["failure", "warning", "info", "success"]
_KIND_OF: dict[Severity, Kind] = {"critical": "failure", "warning": "warning", "info": "info", "none": "info"}

_STATE_WORDS: dict[NoticeState, str] = {"firing": "firing", "no_data": "without data", "resolved": "over"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A title, and lines of which the first ones matter most."""

    title: str
    lines: tuple[str, ...]
    kind: Kind

    @property
    def body(self) -> str:
        return "\n".join(self.lines)

    def fitted(self, length: int) -> str:
        """As many of its whole lines as fit, and of the first one what does.

        >>> Letter(title="", lines=("one", "two", "three"), kind="info").fitted(9)
        'one\\ntwo'
        >>> Letter(title="", lines=("a long line", "two"), kind="info").fitted(6)
        'a lon…'
        """
        kept, left = [], length
        for line in self.lines:
            if len(line) > left:
                break
            kept.append(line)
            left -= len(line) + 1
        return "\n".join(kept) or clean_text(self.body, length=max(1, length))


def letters_of(dispatch: Dispatch, *, now: datetime) -> tuple[Letter, ...]:
    """One for each notice; of a sum a single one."""
    if dispatch.summed:
        return (_of_many(dispatch.notices),)
    return tuple(letter_of(notice, now=now) for notice in dispatch.notices)


def letter_of(notice: Notice, *, now: datetime) -> Letter:
    """One notice."""
    over = notice.state == "resolved"
    return Letter(
        title=clean_text(f"{_word(notice)}: {_headline(notice)}", length=TITLE_LENGTH),
        lines=tuple(clean_text(line, length=LINE_LENGTH) for line in _lines(notice, now)),
        kind="success" if over else _KIND_OF[notice.severity],
    )


def worst_first(notices: Iterable[Notice]) -> list[Notice]:
    """What goes on before what is over, the worst of it before the rest, and the oldest of that."""
    return sorted(notices, key=lambda each: (each.state == "resolved", RANK[each.severity], each.since))


def _word(notice: Notice) -> str:
    return {"firing": notice.severity, "no_data": "no data", "resolved": "resolved"}[notice.state]


def _headline(notice: Notice) -> str:
    """What it says, with whose it is unless that stands in it."""
    summary = clean_text(notice.summary, length=LOG_LENGTH)
    rig = clean_text(notice.key.rig)
    return summary if not rig or rig in summary else f"{rig}: {summary}"


def _lines(notice: Notice, now: datetime) -> Iterator[str]:
    yield _headline(notice)
    if notice.count > 1:
        yield f"On {_rigs(notice)}"
    elif notice.key.labels:
        yield ", ".join(f"{name} {clean_text(value)}" for name, value in notice.key.labels)
    if notice.state != "resolved" and (measured := _measured(notice)):
        yield measured
    yield _span(notice, now)
    if notice.state == "no_data":
        yield "Its source says nothing any more: whether it is over is not known"
    if notice.state != "resolved":
        yield f"What to do: {clean_text(notice.what_to_do, length=LINE_LENGTH)}"
        if notice.runbook_url:
            yield f"Runbook: {notice.runbook_url}"
    yield f"{notice.key.rule} ({notice.severity})"
    if not notice.recorded:
        yield "Not recorded: the agent's disk takes nothing at the moment"


def _measured(notice: Notice) -> str:
    value = None if notice.value is None else told_quantity(notice.value, notice.unit)
    threshold = None if notice.threshold is None else told_quantity(notice.threshold, notice.unit)
    if not value:
        return ""
    return f"Now {value}, the limit is {threshold}" if threshold else f"Now {value}"


def _span(notice: Notice, now: datetime) -> str:
    ended = notice.ended
    if notice.state != "resolved" or ended is None:
        lasts = now - notice.since
        return f"Since {_moment(notice.since)}" + (f", for {told_duration(lasts)}" if lasts >= A_WHILE else "")
    return f"It lasted {told_duration(ended - notice.since)}, from {_moment(notice.since)} to {_moment(ended)}"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _rigs(notice: Notice) -> str:
    named = [clean_text(rig) for rig in notice.rigs[:RIGS_TOLD]]
    return ", ".join(named) + (" and others" if len(notice.rigs) > RIGS_TOLD else "")


def _of_many(notices: Sequence[Notice]) -> Letter:
    """How many of what, and the worst of them in a line each."""
    firing = [each for each in notices if each.state != "resolved"]
    critical = sum(each.severity == "critical" for each in firing)
    told = f"{len(notices)} notices: {len(firing)} of alerts that fire ({critical} critical)"
    lines = [f"{told}, {len(notices) - len(firing)} of such that are over", *_by_rule(notices)]
    lines += [
        f"{_word(each)}: {_headline(each)}, {_moment(each.ended or each.since)}"
        for each in worst_first(notices)[:WORST_TOLD]
    ]
    worst = min((each.severity for each in firing), key=RANK.__getitem__, default=None)
    return Letter(
        title=clean_text(told, length=TITLE_LENGTH),
        lines=tuple(clean_text(line, length=LINE_LENGTH) for line in lines),
        kind="success" if worst is None else _KIND_OF[worst],
    )


def _by_rule(notices: Sequence[Notice]) -> Iterator[str]:
    counts = Counter((RANK[each.severity], each.key.rule, each.state) for each in notices)
    rules = sorted({(rank, rule) for rank, rule, _ in counts})
    for rank, rule in rules[:RULES_TOLD]:
        told = [f"{count} {word}" for state, word in _STATE_WORDS.items() if (count := counts[rank, rule, state])]
        yield f"{rule}: {', '.join(told)}"
    if len(rules) > RULES_TOLD:
        yield f"and {counted(len(rules) - RULES_TOLD, 'other rule')}"
