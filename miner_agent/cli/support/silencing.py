"""What a person writes to keep alerts quiet, and who that is."""

import os
import pwd
import re

import click

from miner_agent.text import clean_text

ALERT_NAME = "alertname"
MOST_MATCHERS = 16
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_LONGEST = 256


def matchers(words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """``MinerDown``, ``rig=left-*`` and the like, by label, sorted.

    Raises:
        click.BadParameter: one of them is none, two are about one label, or there are too many.
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
        found[label] = wanted
    return tuple(sorted(found.items()))


def author() -> str:
    """The login name of who asks, also behind sudo."""
    name = os.environ.get("SUDO_USER")
    if not name:
        try:
            name = pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            name = f"#{os.getuid()}"
    return clean_text(name)
