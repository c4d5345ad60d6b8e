"""What a Prometheus says of a fleet, from the series that it records. docs/alerts.md lists them."""

from collections.abc import Iterable
from dataclasses import dataclass

from miner_agent.cli.support.told_by_labels import (
    Course,
    by_labels,
    courses_by_labels,
    in_natural_order,
    summed_by_labels,
    whole,
)
from miner_agent.errors import SourceError
from miner_agent.look.asked_prometheus import AskedPrometheus, ToldValue

SEVERITIES = ("critical", "warning", "info")
RIGS = "site:rigs:count"
FIRING = 'ALERTS{alertstate="firing", severity!="none"}'
OWN_FIRING = 'rig_alert_firing{severity!="none"}'
"""What the agents themselves tell of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteState:
    """All rigs of one site."""

    site: str
    rigs: int
    rigs_up: int
    rigs_ill: int | None
    devices: int | None
    devices_expected: int | None
    miners: int | None
    miners_up: int | None
    hottest_celsius: float | None
    power_watts: float | None
    power_watts_course: Course


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteWork:
    """One algorithm at one site."""

    site: str
    algorithm: str
    hashes_per_second: float
    expected_hashes_per_second: float | None
    proven_hashes_per_second: float | None
    hashes_per_second_course: Course


@dataclass(frozen=True, slots=True, kw_only=True)
class FiringCount:
    """How many alerts of a rule fire, told by Prometheus or by the agents themselves."""

    alert: str
    severity: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetState:
    """Everything that ``fleet status`` says."""

    sites: tuple[SiteState, ...]
    work: tuple[SiteWork, ...]
    alerts: tuple[FiringCount, ...]

    @property
    def is_well(self) -> bool:
        """Every rig answers, none is ill, and no critical alert fires."""
        rigs = all(site.rigs_up >= site.rigs and not site.rigs_ill for site in self.sites)
        return rigs and all(alert.severity != "critical" for alert in self.alerts)


def fleet_state(prometheus: AskedPrometheus) -> FleetState:
    """How all of it is.

    Raises:
        SourceError: it gives no answer, or knows no rigs.
    """
    rigs = by_labels(prometheus.answered(RIGS), "site")
    if not rigs:
        raise SourceError(
            f'{RIGS}: nothing of that name is recorded there. Let Prometheus scrape rigs as the job "rig" and load '
            "miner-agent.records.yaml (docs/fleet.md)"
        )
    numbers = {
        name: by_labels(prometheus.answered(f"site:{name}"), "site")
        for name in (
            "rigs_up:sum", "verdict_ill:sum", "devices_detected:sum", "devices_expected:sum", "miners:sum",
            "miners_up:sum", "device_temperature_celsius:max", "power_watts:sum",
        )
    }  # fmt: skip
    courses = courses_by_labels(prometheus, "site:power_watts:sum", "site")
    return FleetState(
        sites=tuple(
            SiteState(
                site=site,
                rigs=round(count),
                rigs_up=whole(numbers["rigs_up:sum"].get(key)) or 0,
                rigs_ill=whole(numbers["verdict_ill:sum"].get(key)),
                devices=whole(numbers["devices_detected:sum"].get(key)),
                devices_expected=whole(numbers["devices_expected:sum"].get(key)),
                miners=whole(numbers["miners:sum"].get(key)),
                miners_up=whole(numbers["miners_up:sum"].get(key)),
                hottest_celsius=numbers["device_temperature_celsius:max"].get(key),
                power_watts=numbers["power_watts:sum"].get(key),
                power_watts_course=courses.get(key, ()),
            )
            for key, count in sorted(rigs.items(), key=in_natural_order)
            for (site,) in (key,)
        ),
        work=_work(prometheus),
        alerts=_alerts(prometheus),
    )


def _work(prometheus: AskedPrometheus) -> tuple[SiteWork, ...]:
    keys = ("site", "algorithm")
    rates, expected, proven = (
        by_labels(prometheus.answered(query), *keys)
        for query in ("site:miner_hashrate:sum", "site:miner_hashrate_expected:sum", "site:miner_accepted_work:sum")
    )
    courses = courses_by_labels(prometheus, "site:miner_hashrate:sum", *keys)
    return tuple(
        SiteWork(
            site=key[0],
            algorithm=key[1],
            hashes_per_second=rate,
            expected_hashes_per_second=expected.get(key),
            proven_hashes_per_second=proven.get(key),
            hashes_per_second_course=courses.get(key, ()),
        )
        for key, rate in sorted(rates.items(), key=in_natural_order)
    )


def _alerts(prometheus: AskedPrometheus) -> tuple[FiringCount, ...]:
    counts = summed_by_labels(
        (
            *_renamed(prometheus.answered(f"count by (alertname, severity) ({FIRING})")),
            *prometheus.answered(f"sum by (alert, severity) ({OWN_FIRING})"),
        ),
        "alert",
        "severity",
    )
    alerts = (
        FiringCount(alert=alert, severity=severity, count=round(count))
        for (alert, severity), count in counts.items()
        if count > 0
    )
    return tuple(sorted(alerts, key=lambda one: (_place(one.severity), one.alert)))


def _place(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def _renamed(told: Iterable[ToldValue]) -> Iterable[ToldValue]:
    for one in told:
        yield ToldValue({**one.labels, "alert": one.labels.get("alertname", "")}, one.value)
