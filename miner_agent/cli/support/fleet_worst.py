"""The rigs of a fleet with which something is wrong, from the series that a Prometheus records."""

from dataclasses import dataclass

from miner_agent.cli.support.fleet_answers import FIRING, OWN_FIRING
from miner_agent.cli.support.told_by_labels import by_labels, summed_by_labels
from miner_agent.errors import SourceError
from miner_agent.look.asked_prometheus import AskedPrometheus
from miner_agent.text import natural_key

RIG_LABELS = ("instance", "rig", "site")
WEAK_RATIO, REJECTED_RATIO, SURELY_REJECTED_RATIO, SLOWED_RATIO = 0.9, 0.05, 0.03, 0.1
"""From where on a rig is one of the worst: of its expected hashrate, of its shares (all, and what is no chance), of the
time."""
_BY_RIG = f"by ({', '.join(RIG_LABELS)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRig:
    """A rig, and what is wrong with it."""

    rig: str
    site: str
    instance: str
    is_up: bool
    is_ill: bool
    alerts_critical: int
    alerts_warning: int
    hashrate_ratio: float | None  # of what it should make, of the algorithm that is furthest from it
    rejected_ratio: float | None
    rejected_surely_ratio: float | None  # the least that chance leaves of it
    slowed_ratio: float | None  # of the time, for heat
    hottest_celsius: float | None

    @property
    def is_bad(self) -> bool:
        """Whether it is worth a look."""
        return (
            not self.is_up
            or self.is_ill
            or self.alerts_critical + self.alerts_warning > 0
            or (self.hashrate_ratio is not None and self.hashrate_ratio < WEAK_RATIO)
            or self.is_refused
            or (self.slowed_ratio is not None and self.slowed_ratio > SLOWED_RATIO)
        )

    @property
    def is_refused(self) -> bool:
        """Whether too many of its shares are refused: one of three that came within the hour says nothing yet."""
        ratio, surely = self.rejected_ratio, self.rejected_surely_ratio
        return (ratio or 0.0) > REJECTED_RATIO and (surely or 0.0) > SURELY_REJECTED_RATIO

    @property
    def weight(self) -> tuple[object, ...]:
        """What is worse sorts first."""
        return (
            self.is_up,
            -self.alerts_critical,
            not self.is_ill,
            -self.alerts_warning,
            1.0 if self.hashrate_ratio is None else self.hashrate_ratio,
            -(self.rejected_surely_ratio or 0.0),
            -(self.slowed_ratio or 0.0),
            natural_key(self.site),
            natural_key(self.rig),
        )


def worst_rigs(prometheus: AskedPrometheus) -> tuple[int, tuple[BadRig, ...]]:
    """How many rigs there are, and those with which something is wrong, the worst one first.

    Raises:
        SourceError: it gives no answer, or knows no rigs.
    """
    up = by_labels(prometheus.answered('up{job="rig"}'), *RIG_LABELS)
    if not up:
        raise SourceError('up{job="rig"}: no rigs are known there. Let Prometheus scrape them as the job "rig"')
    ill, ratios, rejected, surely_rejected, slowed, hottest = (
        by_labels(prometheus.answered(query), *RIG_LABELS)
        for query in (
            "rig:verdict_ill:max == 1",
            f"min {_BY_RIG} (rig:miner_hashrate:sum / (rig:miner_hashrate_expected:sum > 0))",
            f"max {_BY_RIG} (rig:miner_reject_ratio:rate1h)",
            f"max {_BY_RIG} (rig:miner_reject_ratio_least:rate1h)",
            "rig:device_throttled_ratio:rate15m",
            "rig:device_temperature_celsius:max",
        )
    )
    by_severity = ", ".join((*RIG_LABELS, "severity"))
    firing = summed_by_labels(
        (
            *prometheus.answered(f"count by ({by_severity}) ({FIRING})"),
            *prometheus.answered(f"sum by ({by_severity}) ({OWN_FIRING})"),
        ),
        *RIG_LABELS,
        "severity",
    )
    rigs = (
        BadRig(
            rig=key[1],
            site=key[2],
            instance=key[0],
            is_up=is_up != 0,
            is_ill=key in ill,
            alerts_critical=round(firing.get((*key, "critical"), 0)),
            alerts_warning=round(firing.get((*key, "warning"), 0)),
            hashrate_ratio=ratios.get(key),
            rejected_ratio=rejected.get(key),
            rejected_surely_ratio=surely_rejected.get(key),
            slowed_ratio=slowed.get(key),
            hottest_celsius=hottest.get(key),
        )
        for key, is_up in up.items()
    )
    return len(up), tuple(sorted((rig for rig in rigs if rig.is_bad), key=lambda rig: rig.weight))
