"""All alerts of all rigs that one agent reads: what a look at a page makes of them, and what is to be told. No I/O.

What changes is collected until ``taken``, so that it can be committed before anything is sent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import structs

from exporters.alerts.alert_rule import AlertRule
from exporters.alerts.evaluator import Evaluator, Found, Looked
from exporters.metric_table import Family
from miner_agent.alarms.alert_clock import WallSteps, moved_by
from miner_agent.alarms.life_cycle import AlertMoment, AlertTerms, Seen, Sight, step, unseen
from miner_agent.alarms.muting import Causes, aftermath_seconds, is_silenced
from miner_agent.alarms.named_subjects import NamedSubjects
from miner_agent.alarms.telling import GROUP_WAIT_SECONDS, Telling
from miner_agent.alarms.wording import notice_of
from miner_agent.model.alerting import AlertKey, AlertStanding, Notice, Silence, Stage, Transition

NO_DATA_INTERVALS = 3
PLANNED = frozenset({"rig_maintenance", "rig_planned_off"})
"""Metrics that say that a rig is not meant to mine now. Which rules that concerns is said by their guards."""
MOST_ALERTS_A_RIG = 512
NOTHING_NAMED = NamedSubjects()
FOLLOWED_KEPT_SECONDS = 60.0  # between two notes that an alert follows from another one


@dataclass(slots=True)
class Changed:
    """What is to be written, and then sent."""

    standings: dict[AlertKey, AlertStanding] = field(default_factory=dict)
    gone: list[AlertKey] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.standings or self.gone or self.transitions or self.notices)


@dataclass(slots=True)
class _Watched:
    """One rig: its rules with what their windows remember, and what its last page said."""

    evaluator: Evaluator
    no_data_seconds: float
    keys: set[AlertKey]  # of its alerts that are not inactive
    is_planned: bool = False


class AlertBook:
    """Belongs to one thread."""

    def __init__(
        self,
        rules: Sequence[AlertRule],
        *,
        kept: Mapping[str, bytes] | None = None,
        runbook_base: str | None = None,
        group_wait_seconds: float = GROUP_WAIT_SECONDS,
    ) -> None:
        """
        Args:
            rules: what to look for; several may have one name.
            kept: what windows remembered at the end of the last run, by rig.
            runbook_base: where runbooks lie; ``None``: nowhere.
            group_wait_seconds: how long an alert waits for what it may follow from, and for more of its kind. [s]
        """
        self._kept, self._runbook_base = dict(kept or {}), runbook_base
        self._telling = Telling(group_wait_seconds)
        self._rigs: dict[str, _Watched] = {}
        self._standings: dict[AlertKey, AlertStanding] = {}
        self._keys: dict[str, set[AlertKey]] = {}  # of those, by rig
        self._written: dict[AlertKey, AlertStanding] = {}
        self._rule_of: dict[AlertKey, AlertRule] = {}
        self._changed = Changed()
        self._steps, self._subjects = WallSteps(), NOTHING_NAMED
        self.silences: tuple[Silence, ...] = ()
        self._take_rules(rules)

    # What there is to look for

    def take(self, rules: Sequence[AlertRule], *, runbook_base: str | None, group_wait_seconds: float) -> None:
        """Go by these rules from now on. Alerts of rules that are no more are given up, and nothing is told of them."""
        self._runbook_base, self._telling.group_wait_seconds = runbook_base, group_wait_seconds
        if tuple(rules) != self._rules:
            self._kept |= {rig: watched.evaluator.kept() for rig, watched in self._rigs.items()}
            self._take_rules(rules)
            for rig, watched in self._rigs.items():
                watched.evaluator = self._evaluator(rig)

    def watch_only(self, rigs: Iterable[str], subjects: NamedSubjects = NOTHING_NAMED) -> None:
        """There are no other rigs any more, nor other subjects: alerts of them are given up, whatever a page says that
        was made before.
        """
        left, self._subjects = set(rigs), subjects
        for rig in self._rigs.keys() - left:
            self._rigs.pop(rig)
        for key in tuple(self._standings):
            if key.rig not in left or not subjects.have(key):
                self._give_up(key)
        self._kept = {rig: kept for rig, kept in self._kept.items() if rig in left}
        self._keys = {rig: keys for rig, keys in self._keys.items() if rig in left}

    def _take_rules(self, rules: Sequence[AlertRule]) -> None:
        self._rules = tuple(rules)
        self._by_name: dict[str, list[AlertRule]] = {}
        for rule in rules:
            self._by_name.setdefault(rule.name, []).append(rule)
        self._for_seconds = {name: max(rule.for_seconds for rule in same) for name, same in self._by_name.items()}
        self._planned = {rule.name for rule in rules if any(series.name in PLANNED for series in rule.asked)}
        self._rule_of = {key: rule for key, rule in self._rule_of.items() if rule in self._rules}
        for key in [key for key in self._standings if key.rule not in self._by_name]:
            self._give_up(key)

    def _evaluator(self, rig: str) -> Evaluator:
        return Evaluator(self._rules, rig=rig, kept=self._kept.pop(rig, None))

    def restore(self, standings: Iterable[AlertStanding], gap_seconds: float, at: AlertMoment) -> None:
        """Go on with what the last run left, which is so long ago."""
        for standing in standings:
            key = standing.key
            self._standings[key] = self._written[key] = standing
            self._keys_of(key.rig).add(key)
            if key.rule not in self._by_name:
                self._give_up(key)
        self._begin_anew(tuple(self._standings), gap_seconds, at)

    def pass_by(self, rig: str, gap_seconds: float, at: AlertMoment) -> None:
        """Nobody looked at a rig for so long."""
        if (watched := self._rigs.get(rig)) is not None:
            self._begin_anew(tuple(watched.keys), gap_seconds, at)

    def _begin_anew(self, keys: Iterable[AlertKey], gap_seconds: float, at: AlertMoment) -> None:
        """What is pending and would be over within the gap is not known to have lasted."""
        for key in keys:
            standing = self._standings[key]
            if standing.stage == "pending" and gap_seconds >= self._for_seconds.get(key.rule, 0.0):
                self._put(key, standing, unseen(standing, at), at)

    def restore_late(self, standings: Iterable[AlertStanding], *, shift_seconds: float) -> None:
        """Take from what the last run left what fired and is not known by now. Its clock was another one. [s]"""
        for standing in standings:
            if (
                standing.key not in self._standings
                and standing.key.rule in self._by_name
                and standing.stage != "pending"
            ):
                self._standings[standing.key] = _shifted(standing, shift_seconds)
                self._keys_of(standing.key.rig).add(standing.key)

    # What a look makes of it

    def look(
        self,
        rig: str,
        families: Sequence[Family],
        at: AlertMoment,
        *,
        interval_seconds: float,
    ) -> None:
        """Take a page of a rig in.

        Args:
            rig: whose page it is.
            families: the page.
            at: now.
            interval_seconds: between two of its pages. [s]
        """
        self._follow_clock(at)
        watched = self._watched(rig, interval_seconds)
        looked = watched.evaluator.look(families, now_seconds=at.now.timestamp(), steady_seconds=at.seconds)
        watched.is_planned = any(
            value == 1 for family in families if family.spec.name in PLANNED for *_, value in family.samples
        )
        self._see(watched, looked, at)

    def miss(self, rig: str, at: AlertMoment) -> None:
        """There is no page of a rig."""
        self._follow_clock(at)
        watched = self._rigs.get(rig)
        if watched is not None:
            self._see(watched, None, at)

    def _follow_clock(self, at: AlertMoment) -> None:
        """Where the wall clock was set, alerts began by that clock as long ago as before."""
        if step := self._steps.step(at):
            for key, standing in tuple(self._standings.items()):
                if (moved := moved_by(step, standing, at)) is not standing:
                    self._put(key, standing, moved, at)

    def _watched(self, rig: str, interval_seconds: float) -> _Watched:
        watched = self._rigs.get(rig)
        if watched is None:
            watched = self._rigs[rig] = _Watched(self._evaluator(rig), 0.0, self._keys_of(rig))
        watched.no_data_seconds = NO_DATA_INTERVALS * interval_seconds
        return watched

    def _keys_of(self, rig: str) -> set[AlertKey]:
        return self._keys.setdefault(rig, set())

    def _see(self, watched: _Watched, looked: Looked | None, at: AlertMoment) -> None:
        found: dict[AlertKey, tuple[Seen, Found]] = {}
        if looked is not None:
            found = {each.finding.key: ("held", each) for each in looked.held}
            found |= {each.finding.key: ("holds", each) for each in looked.found}
        for key in watched.keys - found.keys():
            self._move(watched, key, Sight(seen=self._unfound(watched, key, looked)), at)
        for key, (seen, each) in found.items():
            if key not in watched.keys and (seen == "held" or not self._has_room(watched, key)):
                continue
            self._rule_of[key] = each.rule
            self._move(watched, key, Sight(seen=seen, value=each.finding.value, threshold=each.finding.threshold), at)

    def _has_room(self, watched: _Watched, key: AlertKey) -> bool:
        return len(watched.keys) < MOST_ALERTS_A_RIG and self._subjects.have(key)

    def _unfound(self, watched: _Watched, key: AlertKey, looked: Looked | None) -> Seen:
        if watched.is_planned and key.rule in self._planned:
            return "paused"
        return "unknown" if looked is None or not looked.knows(key) else "clear"

    def _move(self, watched: _Watched, key: AlertKey, sight: Sight, at: AlertMoment) -> None:
        before, rule = self._standings.get(key), self._rule(key)
        terms = AlertTerms(
            severity=rule.severity,
            for_seconds=rule.for_seconds,
            keep_firing_seconds=rule.keep_firing_seconds,
            no_data_seconds=watched.no_data_seconds,
        )
        after = step(key, before, sight, terms, at)
        self._put(key, before, after, at)
        if after is None:
            watched.keys.discard(key)
        else:
            watched.keys.add(key)

    def _put(self, key: AlertKey, before: AlertStanding | None, after: AlertStanding | None, at: AlertMoment) -> None:
        was, stage = _active(before), _active(after)
        if was != stage:
            value, threshold = (None, None) if after is None else (after.value, after.threshold)
            self._changed.transitions.append(
                Transition(key=key, at=at.now, before=was, after=stage, value=value, threshold=threshold)
            )
        if after is None:
            self._give_up(key)
            return
        self._standings[key] = after
        written = self._written.get(key)
        if written is None or _is_news(written, after):
            self._changed.standings[key] = self._written[key] = after

    def _give_up(self, key: AlertKey) -> None:
        self._standings.pop(key, None)
        self._changed.standings.pop(key, None)
        self._rule_of.pop(key, None)
        if self._written.pop(key, None) is not None:
            self._changed.gone.append(key)
        self._keys_of(key.rig).discard(key)

    def _rule(self, key: AlertKey) -> AlertRule:
        return self._rule_of.get(key) or self._by_name[key.rule][0]

    # What is told

    def tell(self, at: AlertMoment) -> None:
        """Decide what is told now."""
        causes = self._causes(at)

        def is_muted(standing: AlertStanding) -> bool:
            return self._is_muted(standing, causes, at)

        self._note_followers(causes, at)
        told = self._telling.now(
            self._standings,
            at.seconds,
            is_muted=is_muted,
            has_causes=lambda standing: bool(self._rule(standing.key).inhibited_by),
        )
        for each in told:
            standing = each.standing
            rule = self._rule(standing.key)
            self._changed.notices.append(notice_of(standing, rule, each.state, runbook_base=self._runbook_base))
            self._put(standing.key, standing, standing, at)

    def _causes(self, at: AlertMoment) -> Causes:
        return Causes(self._standings.values(), self._for_seconds, at.seconds)

    def _note_followers(self, causes: Causes, at: AlertMoment) -> None:
        """Note which alerts follow from one that fires now."""
        for key, standing in tuple(self._standings.items()):
            if (
                standing.stage in {"firing", "no_data"}
                and standing.told is None
                and causes.inhibit(key, self._rule(key))
            ):
                self._put(key, standing, structs.replace(standing, follows_seconds=at.seconds), at)

    def _is_muted(self, standing: AlertStanding, causes: Causes, at: AlertMoment) -> bool:
        key, rule = standing.key, self._rule(standing.key)
        watched = self._rigs.get(key.rig)
        if watched is not None and watched.is_planned and key.rule in self._planned:
            return True
        if is_silenced(self.silences, key, standing.severity) or causes.inhibit(key, rule):
            return True
        if standing.told is not None:
            return False
        followed = standing.follows_seconds
        is_aftermath = followed is not None and at.seconds - followed < aftermath_seconds(rule)
        return is_aftermath or causes.may_inhibit(standing, rule)

    def firing(self, shown: Iterable[tuple[AlertStanding, bool]]) -> tuple[Notice, ...]:
        """Of what is ``shown`` all that fires and is not to be kept quiet, one by one."""
        return tuple(
            notice_of(standing, self._rule(standing.key), "firing", runbook_base=self._runbook_base)
            for standing, is_muted in shown
            if standing.stage != "pending" and not is_muted
        )

    def shown(self, at: AlertMoment) -> tuple[tuple[AlertStanding, bool], ...]:
        """All that is not inactive, each with whether something keeps it from being told."""
        causes = self._causes(at)
        shown = [standing for standing in self._standings.values() if standing.stage != "resolved"]
        return tuple((standing, self._is_muted(standing, causes, at)) for standing in shown)

    # What is kept

    def taken(self) -> Changed:
        """What has changed since this was asked last."""
        changed, self._changed = self._changed, Changed()
        return changed

    @property
    def standings(self) -> Sequence[AlertStanding]:
        """All, for a file that is begun anew."""
        return tuple(self._standings.values())

    @property
    def is_pending(self) -> bool:
        """Whether a timer runs that a restart is not to begin anew."""
        return any(standing.stage == "pending" for standing in self._standings.values())

    def kept(self) -> dict[str, bytes]:
        """What windows remember, by rig."""
        return self._kept | {rig: watched.evaluator.kept() for rig, watched in self._rigs.items()}


def _shifted(standing: AlertStanding, seconds: float) -> AlertStanding:
    """The same on a clock that is so much ahead. [s]"""
    moments = {name: getattr(standing, name) for name in standing.__struct_fields__ if name.endswith("_seconds")}
    return structs.replace(
        standing, **{name: moment + seconds for name, moment in moments.items() if moment is not None}
    )


def _is_news(written: AlertStanding, after: AlertStanding) -> bool:
    """Whether the next run must know of it; when an alert followed last from another one, to a minute."""
    if (written.stage, written.told, written.since) != (after.stage, after.told, after.since):
        return True
    followed, follows = written.follows_seconds, after.follows_seconds
    return follows is not None and (followed is None or follows - followed >= FOLLOWED_KEPT_SECONDS)


def _active(standing: AlertStanding | None) -> Stage | None:
    return None if standing is None or standing.stage == "resolved" else standing.stage
