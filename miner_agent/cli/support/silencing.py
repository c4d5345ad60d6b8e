"""What a person writes to keep alerts quiet, and who that is."""

import os
import pwd
import re
from collections.abc import Collection
from typing import get_args

import click

from calculators.nearest_words import suggestion
from exporters.alerts import ALERTS
from exporters.alerts.metric_labels import labels_of
from miner_agent.alarms.muting import is_fitting
from miner_agent.model.alerting import Severity
from miner_agent.text import clean_text

ALERT_NAME = "alertname"
MOST_MATCHERS = 16
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_LONGEST = 256


def matchers(words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """``MinerDown``, ``rig=left-*`` and the like, by label, sorted.

    Raises:
        click.BadParameter: one of them is none or fits no alert that there can be, two are about one label, or there
            are too many.
    """
    if len(words) > MOST_MATCHERS:
        raise click.BadParameter(f"{len(words)} are too many; write at most {MOST_MATCHERS}", param_hint="MATCHER")
    found: dict[str, str] = {}
    for word in words:
        label, equals, wanted = word.partition("=")
        if not equals:
            label, wanted = ALERT_NAME, word
        shown = clean_text(word)
        if _LABEL.fullmatch(label) is None or not wanted or wanted != clean_text(wanted, length=_LONGEST):
            raise click.BadParameter(
                f"{shown!r} is none; write the name of an alert, or a label: rig=left-*", param_hint="MATCHER"
            )
        if label in found:
            raise click.BadParameter(f"{shown!r} is the second one of {label}; write one a label", param_hint="MATCHER")
        _refuse_unknown(label, wanted)
        found[label] = wanted
    return tuple(sorted(found.items()))


def _refuse_unknown(label: str, wanted: str) -> None:
    """Who misspells what is to be silenced would believe that it is."""
    values = {ALERT_NAME: {rule.name for rule in ALERTS}, "severity": set(get_args(Severity))}
    labels = {label for rule in ALERTS for label in labels_of(rule.subject)} | values.keys() | {"rig"}
    if label not in labels:
        raise click.BadParameter(f"{label!r} is no label of an alert; {_near(label, labels)}", param_hint="MATCHER")
    known = values.get(label)
    if known is not None and not any(is_fitting(each, wanted) for each in known):
        what = "alert" if label == ALERT_NAME else label
        raise click.BadParameter(f"{wanted!r} is no {what}; {_near(wanted, known)}", param_hint="MATCHER")


def _near(word: str, known: Collection[str]) -> str:
    return suggestion(word, known, otherwise="docs/alerts.md has them all")


def author() -> str:
    """The login name of who asks, also behind sudo."""
    name = os.environ.get("SUDO_USER")
    if not name:
        try:
            name = pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            name = f"#{os.getuid()}"
    return clean_text(name)
