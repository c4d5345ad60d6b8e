"""Pages of metrics as a test writes them: by the name of each series, as Prometheus spells it."""

import re
from collections.abc import Mapping

from exporters.metric_table import Family, MetricSpec

LABEL = re.compile(r'([a-z_]+)="([^"]*)"')


def families(page: Mapping[str, float]) -> list[Family]:
    """The families of a page: ``{'rig_miner_up{miner="xmrig"}': 1}``."""
    found: dict[tuple[str, tuple[str, ...]], list[tuple[tuple[str, ...], tuple[str, ...], float]]] = {}
    for written, value in page.items():
        name, _, rest = written.partition("{")
        labels = dict(LABEL.findall(rest))
        found.setdefault((name, tuple(labels)), []).append((tuple(labels.values()), (), value))
    return [Family(_spec(name), keys, samples) for (name, keys), samples in found.items()]


def _spec(name: str) -> MetricSpec[None]:
    return MetricSpec(name, "gauge", "", (), lambda _: [])
