"""What is written by hand about an alert: why it comes, how to look, and what helps beside the first thing to do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """Sentences for a person who was woken up. The table of alerts has the rest."""

    cause: str
    check: tuple[str, ...]
    then: tuple[str, ...] = ()  # what else to do, in that order
