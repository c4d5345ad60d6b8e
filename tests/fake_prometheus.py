"""A Prometheus on loopback that knows the answers to some queries, and says nothing to all others."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fake_http import FakeService

NOW_SECONDS = 1_746_432_000.0
Series = tuple[Mapping[str, str], float]


class FakePrometheus(FakeService):
    """``answers``: series by query, each as it is now; over time it is what it is now from the middle on."""

    def __init__(self, answers: Mapping[str, Sequence[Series]] | None = None, **fake: Any) -> None:
        super().__init__(**fake)
        self.answers = {"vector(time())": [({}, NOW_SECONDS)], **(answers or {})}
        self.pages = _Pages(self)

    @property
    def queries(self) -> list[str]:
        """What it was asked, in order."""
        return [_question(path)["query"] for path in self.paths]


class _Pages(dict[str, bytes]):
    def __init__(self, prometheus: FakePrometheus) -> None:
        super().__init__()
        self._prometheus = prometheus

    def __contains__(self, path: object) -> bool:
        return str(path).startswith("/api/v1/query")

    def __getitem__(self, path: str) -> bytes:
        question = _question(path)
        found = self._prometheus.answers.get(question["query"], ())
        if "start" in question:
            step = float(question["step"])
            half = (float(question["end"]) - float(question["start"])) / 2
            moments = [float(question["end"]) - number * step for number in range(int(half / step), -1, -1)]
            result: list[Any] = [
                {"metric": dict(labels), "values": [[at, str(value)] for at in moments]} for labels, value in found
            ]
            kind = "matrix"
        else:
            result = [{"metric": dict(labels), "value": [NOW_SECONDS, str(value)]} for labels, value in found]
            kind = "vector"
        return json.dumps({"status": "success", "data": {"resultType": kind, "result": result}}).encode()


def _question(path: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}


def of_a_fleet(*, days: int = 1) -> dict[str, list[Series]]:
    """Two sites with three rigs, one of them away, that tell everything that is asked for, energy over so many days."""
    span_seconds = days * 86_400
    north, south = {"site": "north"}, {"site": "süd"}
    one, two = ({**north, "instance": f"10.0.0.{n}:9877", "rig": f"rig-{n}", "job": "rig"} for n in (1, 2))
    three = {**south, "instance": "10.1.0.1:9877", "rig": "rig-3", "job": "rig"}
    etc, eur = {"algorithm": "etchash"}, {"currency": "EUR"}
    return {
        "site:rigs:count": [(north, 2), (south, 1)],
        "site:rigs_up:sum": [(north, 1), (south, 1)],
        "site:verdict_ill:sum": [(north, 1)],
        "site:devices_detected:sum": [(north, 7), (south, 8)],
        "site:devices_expected:sum": [(north, 8), (south, 8)],
        "site:miners:sum": [(north, 2)],
        "site:miners_up:sum": [(north, 2)],
        "site:device_temperature_celsius:max": [(north, 71.4), (south, float("nan"))],
        "site:power_watts:sum": [(north, 2150.0), (south, 1240.0)],
        "site:miner_hashrate:sum": [({**north, **etc}, 7.5e8)],
        "site:miner_hashrate_expected:sum": [({**north, **etc}, 8e8)],
        "site:miner_accepted_work:sum": [({**north, **etc}, 7.4e8)],
        'count by (alertname, severity) (ALERTS{alertstate="firing", severity!="none"})': [
            ({"alertname": "DeviceMissing", "severity": "critical"}, 1)
        ],
        'sum by (alert, severity) (rig_alert_firing{severity!="none"})': [
            ({"alert": "FanStopped", "severity": "warning"}, 2)
        ],
        'up{job="rig"}': [(one, 0), (two, 1), (three, 1)],
        "rig:verdict_ill:max == 1": [(two, 1)],
        "min by (instance, rig, site) (rig:miner_hashrate:sum / (rig:miner_hashrate_expected:sum > 0))": [
            (two, 0.43),
            (three, 0.99),
        ],
        "max by (instance, rig, site) (rig:miner_reject_ratio:rate1h)": [(two, 0.07), (three, 1 / 3)],
        "max by (instance, rig, site) (rig:miner_reject_ratio_least:rate1h)": [(two, 0.06), (three, 0.0)],
        "rig:device_throttled_ratio:rate15m": [(two, 0.3)],
        "rig:device_temperature_celsius:max": [(two, 71.4), (three, 55.0)],
        'count by (instance, rig, site, severity) (ALERTS{alertstate="firing", severity!="none"})': [
            ({**two, "severity": "critical"}, 1)
        ],
        'sum by (instance, rig, site, severity) (rig_alert_firing{severity!="none"})': [
            ({**two, "severity": "warning"}, 2)
        ],
        "site:profit_per_day:sum": [({**north, **eur}, 3.25), ({**south, **eur}, -0.5)],
        "site:profit_revenue_per_day:sum": [({**north, **eur}, 9.0)],
        "site:profit_energy_cost_per_day:sum": [({**north, **eur}, 5.75)],
        "count by (site, currency) (rig:profit_per_day)": [({**north, **eur}, 1)],
        f"sum_over_time(site:power_watts:sum[{span_seconds}s:60s])": [(north, 1440 * 2000.0), (south, 720 * 1000.0)],
        f"count_over_time(site:power_watts:sum[{span_seconds}s:60s])": [(north, 1440), (south, 720)],
        f"sum_over_time(site:profit_energy_cost_per_day:sum[{span_seconds}s:60s])": [({**north, **eur}, 1440 * 5.75)],
    }
