"""Invented notices."""

from datetime import UTC, datetime, timedelta
from typing import Any

from miner_agent.model.alerting import AlertKey, Notice

NOW = datetime(2026, 11, 29, 14, 5, tzinfo=UTC)


def notice(number: int = 0, **given: Any) -> Notice:
    """One of many alerts: a card that is hot since five minutes."""
    labels = (("device", f"gpu-{number}"), ("sensor", "core"))
    told: dict[str, Any] = {
        "key": AlertKey("DeviceTemperatureHigh", given.pop("rig", "left-rack"), given.pop("labels", labels)),
        "severity": "warning",
        "state": "firing",
        "value": 93.0,
        "threshold": 90.0,
        "unit": "celsius",
        "since": NOW - timedelta(minutes=5),
        "summary": f"core of gpu-{number} is at 93 °C",
        "what_to_do": "Check that its fans turn and the intake is clear, then lower its power limit.",
        "runbook_url": "https://docs.example/runbooks/DeviceTemperatureHigh.md",
    }
    return Notice(**told | given)


def over(number: int = 0, **given: Any) -> Notice:
    """Its end."""
    return notice(number, state="resolved", ended=given.pop("ended", NOW + timedelta(minutes=7)), **given)
