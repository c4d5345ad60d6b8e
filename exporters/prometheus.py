"""Renders a snapshot as a page of metrics, in Prometheus' text format and in OpenMetrics.

The page is built once a tick by ``prometheus-client``. The two formats share every sample line; only the lines that
describe counters and ``_info`` metrics differ, so the second page is made from the first.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from exporters import metrics
from exporters.metrics import Labels, MetricSpec, Subject
from miner_agent.model import DeviceState, HostReading, MinerSnapshot, RigSnapshot


@dataclass(frozen=True, slots=True)
class Page:
    """One page of metrics in both formats."""

    text: bytes
    openmetrics: bytes


Labelled = Iterable[tuple[Labels, Subject]]


class Renderer:
    """Turns snapshots into pages. ``process``: also this process's own memory, time and garbage collections."""

    def __init__(self, *, process: bool = True) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._families = _Families()
        self._registry.register(self._families)
        if process:
            ProcessCollector(registry=self._registry)
            GCCollector(registry=self._registry)

    def render(self, snapshot: RigSnapshot) -> Page:
        """The whole page."""
        return self._page(families(snapshot))

    def render_agent_only(self, snapshot: RigSnapshot) -> Page:
        """The page without any reading: what is served where the whole one cannot be built."""
        return self._page(_agent_families(snapshot))

    def _page(self, found: Iterable[Metric]) -> Page:
        self._families.now = tuple(found)
        text = generate_latest(self._registry)
        return Page(text=text, openmetrics=openmetrics_from_text(text))


class _Families(Collector):
    """Hands ``prometheus-client`` the families of the present snapshot: nothing of an older one is kept."""

    now: tuple[Metric, ...] = ()

    def collect(self) -> Iterator[Metric]:
        yield from self.now

    def describe(self) -> Iterator[Metric]:
        return iter(())


def families(snapshot: RigSnapshot) -> Iterator[Metric]:
    """Every family that has a sample, in the order of the table."""
    devices = snapshot.inventory.devices
    labelled = [((device.label,), device) for device in devices]
    readings = [((device.label,), device.reading) for device in devices]
    yield from _section(
        ("device",), (metrics.DEVICE_INFO,), [(key, (d.reading, d.driver_version)) for key, d in labelled]
    )
    yield from _section(("device",), metrics.DEVICE, readings)
    yield from _section(
        ("device",),
        (metrics.DEVICE_LAST_READ,),
        [(key, d.read_at) for key, d in labelled if d.reading.state is not DeviceState.LOST],
    )
    yield from _section(("device",), metrics.DEVICE_STATUS, [((s.device,), s) for s in snapshot.devices])
    detected = Counter(d.reading.kind.value for d in devices if d.reading.state is not DeviceState.LOST)
    yield from _section((), (metrics.DEVICES_DETECTED,), [((), dict(detected))])
    expected = {kind.value: count for kind, count in snapshot.devices_expected.items()}
    yield from _section((), (metrics.DEVICES_EXPECTED,), [((), expected)])
    yield from _host_families(snapshot)
    yield from _miner_families(snapshot)
    yield from _agent_families(snapshot)


def _host_families(snapshot: RigSnapshot) -> Iterator[Metric]:
    hosts = [o.reading for o in snapshot.outcomes if isinstance(o.reading, HostReading)]
    yield from _section((), metrics.HOST, [((), host) for host in hosts])
    disks = {(disk.mountpoint,): disk for host in hosts for disk in host.filesystems or ()}
    yield from _section(("mountpoint",), metrics.FILESYSTEM, disks.items())
    sensors = {(t.chip, t.sensor): t for host in hosts for t in host.temperatures}
    yield from _section(("chip", "sensor"), metrics.TEMPERATURE, sensors.items())


def _miner_families(snapshot: RigSnapshot) -> Iterator[Metric]:
    outcomes = [((o.source,), o) for o in snapshot.outcomes if o.kind == "miner"]
    miners = [(key, o.reading) for key, o in outcomes if isinstance(o.reading, MinerSnapshot)]
    workloads = snapshot.inventory.workloads
    yield from _section(("miner",), metrics.MINER_OUTCOME, outcomes)
    yield from _section(
        ("miner",), (metrics.MINER_INFO,), [((w.miner,), (w.snapshot, w.workload)) for w in workloads]
    )
    yield from _section(
        ("miner",),
        (metrics.MINER_START,),
        [((name,), moment) for name, moment in snapshot.miners_started_at.items()],
    )
    yield from _section(("miner",), metrics.MINER, miners)
    yield from _section(("miner", "algorithm"), metrics.WORKLOAD, [((w.miner, w.algorithm), w.workload) for w in workloads])
    yield from _section(
        ("miner", "device", "algorithm"),
        metrics.DEVICE_WORK,
        [((c.miner, c.device, c.algorithm), c.work) for c in snapshot.inventory.contributions],
    )


def _agent_families(snapshot: RigSnapshot) -> Iterator[Metric]:
    collectors = [((o.source,), o) for o in snapshot.outcomes if o.kind == "collector"]
    yield from _section(("collector",), metrics.COLLECTOR_OUTCOME, collectors)
    yield from _section(
        ("collector",), metrics.SOURCE_STATUS, [((status.source,), status) for status in snapshot.sources]
    )
    if snapshot.agent is not None:
        yield from _section((), metrics.AGENT, [((), snapshot.agent)])
    yield from _section((), (metrics.LAST_TICK,), [((), snapshot.taken_at)])


def _section(
    keys: Labels, specs: Iterable[MetricSpec[Subject]], labelled: "Labelled[Subject]"
) -> Iterator[Metric]:
    """One family a row of the table. A value that was not read gives no sample."""
    subjects = list(labelled)
    for spec in specs:
        family = _family(spec)
        for key, subject in subjects:
            fixed = dict(zip(keys, key, strict=True))
            for labels, value in spec.samples(subject):
                if value is not None:
                    family.add_sample(
                        spec.name, {**fixed, **dict(zip(spec.labels, labels, strict=True))}, value
                    )
        if family.samples:
            yield family


def _family(spec: MetricSpec[Subject]) -> Metric:
    suffix = {"counter": "_total", "info": "_info"}.get(spec.kind, "")
    kind = "gauge" if spec.kind == "stateset" else spec.kind  # OpenMetrics wants another label for state sets
    return Metric(spec.name.removesuffix(suffix), spec.help, kind)


_METADATA = re.compile(rb"^# (HELP|TYPE) (\S+) (.*)$", re.MULTILINE)
_TYPE = re.compile(rb"^# TYPE (\S+) (\S+)$", re.MULTILINE)


def openmetrics_from_text(text: bytes) -> bytes:
    """The same page in OpenMetrics 1.0."""
    shorter = {
        name: name.removesuffix(b"_total" if kind == b"counter" else b"_info")
        for name, kind in _TYPE.findall(text)
        if kind == b"counter" or name.endswith(b"_info")
    }

    def described(found: re.Match[bytes]) -> bytes:
        word, name, rest = found.groups()
        if word == b"HELP":
            rest = rest.replace(b'"', b'\\"')
        elif name.endswith(b"_info"):
            rest = b"info"
        return b"# %s %s %s" % (word, shorter.get(name, name), rest)

    return _METADATA.sub(described, text) + b"# EOF\n"
