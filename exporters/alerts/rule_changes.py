"""The table of alerts as the owner of a rig wants it: other bounds, times and severities, for all or some devices."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from calculators.nearest_words import suggestion
from exporters.alerts.alert_rule import AlertRule, only_if, unless
from exporters.alerts.conditions import (
    Bound,
    Compare,
    Condition,
    Scaled,
    Series,
    Term,
    TooFew,
    TooMany,
    is_so,
)
from exporters.alerts.metric_labels import labels_of
from miner_agent.errors import ConfigError
from miner_agent.model.alerting import Severity

_ON_DEVICE = ("device",)


class _Impossible(ValueError):
    """A change that an alert cannot take."""


class RuleChange(Protocol):
    """What a configuration says of one alert. ``None``: nothing."""

    @property
    def alert(self) -> str: ...
    @property
    def kind(self) -> str | None: ...
    @property
    def device(self) -> str | None: ...
    @property
    def threshold(self) -> float | None: ...
    @property
    def for_seconds(self) -> float | None: ...
    @property
    def severity(self) -> Severity | None: ...
    @property
    def off(self) -> bool | None: ...


def overridden(rules: Sequence[AlertRule], changes: Iterable[RuleChange], *, place: str) -> tuple[AlertRule, ...]:
    """The rules with all changes. One of which some devices are told apart becomes several of the same name.

    Args:
        rules: the table.
        changes: in their order: what comes later holds.
        place: where they were said, for the sentence about one that cannot be.

    Raises:
        ConfigError: a change is of no alert, or of something that the alert does not have.
    """
    try:
        return _overridden(rules, changes)
    except _Impossible as error:
        raise ConfigError(f"{place}: [[alerts.rules]]: {error}") from None


def _overridden(rules: Sequence[AlertRule], changes: Iterable[RuleChange]) -> tuple[AlertRule, ...]:
    by_alert: dict[str, list[RuleChange]] = {}
    names = {rule.name for rule in rules}
    for change in changes:
        if change.alert not in names:
            known = suggestion(change.alert, names, otherwise="docs/alerts.md has them all")
            raise _Impossible(f'alert = "{change.alert}" is not known; {known}')
        by_alert.setdefault(change.alert, []).append(change)
    return tuple(made for rule in rules for made in _with_changes(rule, by_alert.get(rule.name, ())))


def _with_changes(rule: AlertRule, changes: Sequence[RuleChange]) -> Iterator[AlertRule]:
    """A rule for all devices of which nothing is said, and one for each kind and device of which something is."""
    of_all = [change for change in changes if change.kind is None and change.device is None]
    kinds = _by_name((change.kind, change) for change in changes)
    devices = _by_name((change.device, change) for change in changes)
    if (kinds or devices) and "device" not in labels_of(rule.subject):
        raise _Impossible(f"{rule.name} is not about a device; leave kind and device away")
    if any(change.kind is not None and change.device is not None for change in changes):
        raise _Impossible(f"{rule.name}: name a kind or a device, not both")
    rule = _changed(rule, of_all)
    others = _without_devices(rule, devices)
    if not _is_off(of_all):
        yield replace(others, guards=(*rule.guards, *unless(*map(_is_kind, kinds), on=_ON_DEVICE)))
    for kind, of_kind in kinds.items():
        if not _is_off(of_kind):
            yield _changed(replace(others, guards=(*rule.guards, *only_if(_is_kind(kind), on=_ON_DEVICE))), of_kind)
    for device, of_device in devices.items():
        if not _is_off(of_device):
            yield _changed(_of_device(rule, device), of_device)


def _by_name(changes: Iterable[tuple[str | None, RuleChange]]) -> dict[str, list[RuleChange]]:
    """All that is said of each kind, or of each device, in its order."""
    found: dict[str, list[RuleChange]] = {}
    for name, change in changes:
        if name is not None:
            found.setdefault(name, []).append(change)
    return found


def _is_off(changes: Iterable[RuleChange]) -> bool:
    """Whether the last change that speaks of it says so."""
    said = [change.off for change in changes if change.off is not None]
    return bool(said) and said[-1]


def _changed(rule: AlertRule, changes: Iterable[RuleChange]) -> AlertRule:
    """What a change does not say stays as the ones before it left it."""
    for change in changes:
        rule = _changed_once(rule, change)
    return rule


def _changed_once(rule: AlertRule, change: RuleChange) -> AlertRule:
    told = rule if change.severity is None else replace(rule, severity=change.severity)
    told = told if change.for_seconds is None else replace(told, for_seconds=change.for_seconds)
    if change.threshold is None:
        return told
    return replace(told, condition=_at(told, change.threshold))


def _at(rule: AlertRule, threshold: float) -> Condition:
    """Its condition with another bound. The bound at which it clears stays as far away as it was."""
    match rule.condition:
        case Compare(operator="=="):
            raise _Impossible(f"{rule.name} is about a state and has no threshold; leave it away")
        case Compare(bound=bound, clears=clears) as condition:
            apart = _apart(bound, clears)
            return replace(condition, bound=threshold, clears=None if apart is None else threshold + apart)
        case TooFew() as condition:
            return replace(condition, ratio=threshold)
        case TooMany(ratio=ratio, surely=surely) as condition:
            return replace(condition, ratio=threshold, surely=threshold * surely / ratio)


def _apart(bound: Bound, clears: Bound | None) -> float | None:
    match bound, clears:
        case _, None:
            return None
        case Scaled(plus=one), Scaled(plus=other):
            return other - one
        case float() | int() as one, float() | int() as other:
            return other - one
        case _:
            return None


def _is_kind(kind: str) -> Compare:
    return is_so("rig_device_info", kind=kind)


def _without_devices(rule: AlertRule, devices: Iterable[str]) -> AlertRule:
    names = tuple(devices)
    if not names:
        return rule
    return _narrowed(rule, lambda of: replace(of, but=(*of.but, ("device", names))))


def _of_device(rule: AlertRule, device: str) -> AlertRule:
    return _narrowed(rule, lambda of: replace(of, where=(*of.where, ("device", (device,)))))


def _narrowed(rule: AlertRule, narrow: Callable[[Series], Series]) -> AlertRule:
    """The rule about less: what it is about is narrowed, and what that is compared with is found by it."""
    match rule.condition:
        case Compare(term=term) as condition:
            return replace(rule, condition=replace(condition, term=_narrowed_term(term, narrow)))
        case TooFew(counted=of) as condition:
            return replace(rule, condition=replace(condition, counted=narrow(of)))
        case TooMany(part=of) as condition:
            return replace(rule, condition=replace(condition, part=narrow(of)))


def _narrowed_term(term: Term, narrow: Callable[[Series], Series]) -> Term:
    match term:
        case Series():
            return narrow(term)
        case _:
            return replace(term, of=narrow(term.of))
