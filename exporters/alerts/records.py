"""Recorded series for fleets: of a thousand rigs a panel asks these, which is a hundred times cheaper than each device.

``rig:…`` is one rig, ``site:…`` all of one site. Targets carry ``rig`` and ``site``, as ``deploy/`` sets them.
"""

from dataclasses import dataclass

_RIG = "by (job, instance, rig, site)"


@dataclass(frozen=True, slots=True)
class Record:
    """A name and what is recorded under it."""

    name: str
    expression: str


def _rate(metric: str, window: str) -> str:
    return f"sum by (job, instance, rig, site, algorithm) (rate({metric}[{window}]))"


_REJECTED, _ACCEPTED = _rate("rig_miner_shares_rejected_total", "1h"), _rate("rig_miner_shares_accepted_total", "1h")
_POWER = "\nor on (job, instance, rig) ".join(
    f'max by (job, instance, rig, site) (rig_host_power_watts{{source="{source}"}})'
    for source in ("meter", "psu", "estimate")
)

RIG_RECORDS = (
    Record("rig:power_watts", _POWER),
    Record("rig:device_power_watts:sum", f"sum {_RIG} (rig_device_power_watts)"),
    Record("rig:device_temperature_celsius:max", f"max {_RIG} (rig_device_temperature_celsius)"),
    Record("rig:devices_detected:sum", f"sum {_RIG} (rig_devices_detected)"),
    Record("rig:devices_expected:sum", f"sum {_RIG} (rig_devices_expected)"),
    Record("rig:miners:count", f"count {_RIG} (rig_miner_up)"),
    Record("rig:miners_up:sum", f"sum {_RIG} (rig_miner_up)"),
    Record("rig:miner_paused:max", f"max {_RIG} (rig_miner_paused)"),
    Record(
        "rig:miner_hashrate:sum",
        "sum by (job, instance, rig, site, algorithm) (rig_miner_hashrate_hashes_per_second)",
    ),
    Record(
        "rig:miner_hashrate_expected:sum",
        "sum by (job, instance, rig, site, algorithm) (rig_miner_hashrate_expected_hashes_per_second)",
    ),
    Record(
        "rig:miner_hashrate_to_expected:min",
        f"min {_RIG} (rig:miner_hashrate:sum / rig:miner_hashrate_expected:sum)",
    ),
    Record("rig:miner_accepted_work:rate6h", _rate("rig_miner_accepted_work_hashes_total", "6h")),
    Record("rig:miner_shares_proven:increase1d", _rate("rig_miner_shares_proven_total", "1d") + " * 86400"),
    Record("rig:miner_shares_expected:increase1d", _rate("rig_miner_shares_expected_total", "1d") + " * 86400"),
    Record("rig:miner_reject_ratio:rate1h", f"{_REJECTED}\n/ ({_REJECTED} + {_ACCEPTED} > 0)"),
    Record(
        "rig:miner_reject_ratio_least:rate1h",  # three standard deviations of what came in the hour lower
        f"clamp_min({_REJECTED} - 3 * sqrt({_REJECTED} / 3600), 0)\n/ ({_REJECTED} + {_ACCEPTED} > 0)",
    ),
    Record(
        "rig:device_throttled_ratio:rate15m",
        f'max {_RIG} (rate(rig_device_throttled_seconds_total{{reason=~"hw_thermal|sw_thermal"}}[15m]))',
    ),
    Record(
        "rig:profit_revenue_per_day",
        "sum by (job, instance, rig, site, currency) (rig_profit_revenue_per_day)",
    ),
    Record(
        "rig:profit_energy_cost_per_day",
        "sum by (job, instance, rig, site, currency) (rig_profit_energy_cost_per_day)",
    ),
    Record("rig:profit_per_day", "rig:profit_revenue_per_day - rig:profit_energy_cost_per_day"),
    Record("rig:verdict_ill:max", f'max {_RIG} (rig_verdict{{verdict="ill"}})'),
)
"""They are computed in this order: the later ones may ask for the earlier ones."""

_SUMS = {
    "rig:power_watts": "site",
    "rig:devices_detected:sum": "site",
    "rig:devices_expected:sum": "site",
    "rig:miners:count": "site",
    "rig:miners_up:sum": "site",
    "rig:miner_hashrate:sum": "site, algorithm",
    "rig:miner_hashrate_expected:sum": "site, algorithm",
    "rig:miner_accepted_work:rate6h": "site, algorithm",
    "rig:miner_shares_proven:increase1d": "site, algorithm",
    "rig:miner_shares_expected:increase1d": "site, algorithm",
    "rig:profit_revenue_per_day": "site, currency",
    "rig:profit_energy_cost_per_day": "site, currency",
    "rig:profit_per_day": "site, currency",
    "rig:verdict_ill:max": "site",
}


def _ten(which: str, record: str) -> Record:
    """The ten rigs of each site with the most or the least: what asks for those of a thousand asks for ten of each."""
    subject = record.rpartition(":")[0]
    each = "min" if which == "bottomk" else "max"
    return Record(f"{subject}:{which.removesuffix('k')}10", f"{which} by (site) (10, {each} by (site, rig) ({record}))")


_WORST = (
    _ten("bottomk", "rig:miner_hashrate_to_expected:min"),
    _ten("topk", "rig:device_temperature_celsius:max"),
    _ten("topk", "rig:miner_reject_ratio_least:rate1h"),
    _ten("topk", "rig:device_throttled_ratio:rate15m"),
)

SITE_RECORDS = (
    *_WORST,
    Record("site:rigs:count", 'count by (site) (up{job="rig"})'),
    Record("site:rigs_up:sum", 'sum by (site) (up{job="rig"})'),
    Record("site:device_temperature_celsius:max", "max by (site) (rig:device_temperature_celsius:max)"),
    *(
        Record("site:" + name.removeprefix("rig:").partition(":")[0] + ":sum", f"sum by ({labels}) ({name})")
        for name, labels in _SUMS.items()
    ),
)
