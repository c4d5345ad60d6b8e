"""Rules name metrics and labels that are published, and join what has one partner."""

import re
from collections.abc import Iterator

from exporters.alerts import ALERTS
from exporters.alerts.alert_rule import AlertRule
from exporters.alerts.conditions import Apart, Compare, Grown, Quotient, Scaled, Series, series_of
from exporters.alerts.judging import windows_of
from exporters.alerts.promql import OWNED_HERE
from exporters.alerts.records import RIG_RECORDS, SITE_RECORDS
from exporters.alerts.scraper_alerts import SCRAPED
from exporters.own_process import OwnProcess
from exporters.sections import SECTIONS

LABELS = {spec.name: (*section.keys, *spec.labels) for section in SECTIONS for spec in section.specs} | {
    family.spec.name: family.spec.labels for family in OwnProcess().families()
}
FIELD = re.compile(r"\{([a-z_]+)\}")
METRIC = re.compile(r"\brig_[a-z0-9_]+|\bprocess_[a-z_]+|\b(?:rig|site):[a-z0-9_:]+")
TARGET = {"job", "instance", "rig", "site"}


def remaining(asked: Series) -> set[str]:
    """The labels by which its series are told apart."""
    single = {label for label, words in asked.where if len(words) == 1}
    return set(LABELS[asked.name]) - single - set(asked.over)


def test_every_metric_that_a_rule_names_is_published() -> None:
    named = {asked.name for rule in ALERTS for asked in rule.asked}
    written = {name for text in (OWNED_HERE, *(rule.expression for rule in SCRAPED)) for name in METRIC.findall(text)}

    assert sorted((named | written) - LABELS.keys()) == []


def test_every_metric_that_a_record_names_is_published_or_recorded_before() -> None:
    known = set(LABELS)
    for record in (*RIG_RECORDS, *SITE_RECORDS):
        assert {name for name in METRIC.findall(record.expression) if name != "rig_"} <= known, record
        known.add(record.name)


def test_every_label_that_a_rule_asks_for_is_one_of_its_metric() -> None:
    for rule in ALERTS:
        for asked in rule.asked:
            labels = {label for label, _ in (*asked.where, *asked.but)} | set(asked.over)
            assert labels <= set(LABELS[asked.name]), (rule.name, asked.name)


def test_a_summary_names_labels_that_what_is_found_has() -> None:
    for rule in ALERTS:
        of = set(LABELS[rule.subject.name]) - set(rule.subject.over)
        assert set(FIELD.findall(rule.summary)) <= of | {"value"}, rule.name
    for scraped in SCRAPED:
        assert set(FIELD.findall(scraped.summary)) <= TARGET | {"value"}, scraped.name


def test_a_value_is_told_where_there_is_one() -> None:
    for rule in (*ALERTS, *SCRAPED):
        assert ("{value}" in rule.summary) == (rule.unit not in {"state", "moment"}), rule.name


def joined(rule: AlertRule) -> Iterator[tuple[Series, tuple[str, ...]]]:
    """What stands on the right side of a comparison or a division, and by which labels it is found."""
    for condition in (rule.condition, *(guard.condition for guard in rule.guards)):
        if isinstance(condition, Compare):
            match condition.term:
                case Quotient(by=other, on=on) | Apart(other=other, on=on):
                    yield other, on
            for bound in (condition.bound, condition.clears):
                if isinstance(bound, Scaled):
                    yield bound.of, bound.on


def test_what_is_joined_has_one_partner() -> None:
    """Two would be an error of the whole rule, for every rig."""
    for rule in ALERTS:
        for other, on in joined(rule):
            assert remaining(other) <= set(on), (rule.name, other.name, on)


def test_what_a_guard_and_an_inhibition_are_matched_on_are_labels_of_both() -> None:
    labels: dict[str, set[str]] = {}
    for rule in ALERTS:
        labels[rule.name] = set(LABELS[rule.subject.name]) - set(rule.subject.over)
    for rule in ALERTS:
        for guard in rule.guards:
            of = series_of(guard.condition)[0]
            assert set(guard.on) <= labels[rule.name] & (set(LABELS[of.name]) - set(of.over)), rule.name
        if rule.known_by is not None:
            assert set(rule.known_by.on) <= labels[rule.name] & set(LABELS[rule.known_by.series.name]), rule.name
        for each in rule.inhibited_by:
            assert set(each.on) <= labels[rule.name] & labels[each.rule], (rule.name, each)


def test_no_two_things_become_one_alert_where_severity_is_the_alerts_own() -> None:
    for rule in ALERTS:
        if "severity" in LABELS[rule.subject.name]:
            assert "severity" not in remaining(rule.subject), rule.name


def test_a_window_slides_over_single_series_of_counters() -> None:
    for rule in ALERTS:
        for window in windows_of(rule.condition):
            assert window.of.together is None, rule.name
            assert not isinstance(window, Grown) or window.of.name.endswith("_total"), rule.name
