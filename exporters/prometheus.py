"""Renders a snapshot as a page of metrics, in Prometheus' text format and in OpenMetrics.

The page is built once a tick. Its lines are written here: a sample's name and labels are spelled once and kept
while it lasts, which costs a quarter of what ``prometheus-client`` needs for 700 samples; tests hold every line
against the library. The two formats share every sample line and differ in what describes them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from prometheus_client.utils import floatToGoString

from exporters import metrics
from exporters.budget import Budget
from exporters.metrics import Labels, MetricSpec, Subject
from miner_agent.model.finances import Economy
from miner_agent.model.readings import HostReading, MeterReading, MinerSnapshot
from miner_agent.model.snapshot import RigSnapshot

_spelled_number = lru_cache(maxsize=4096)(floatToGoString)  # most values of a page are those of the page before


@dataclass(frozen=True, slots=True)
class Page:
    """One page of metrics. Its samples are held once; what the formats say about each metric, once for all pages."""

    parts: tuple[tuple["_Heads", bytes], ...]

    @property
    def text(self) -> bytes:
        return b"".join([piece for heads, samples in self.parts for piece in (heads.text, samples)])

    @property
    def openmetrics(self) -> bytes:
        return b"".join([piece for heads, samples in self.parts for piece in (heads.openmetrics, samples)]) + b"# EOF\n"


@dataclass(frozen=True, slots=True)
class _Heads:
    """What stands before the samples of one metric."""

    text: bytes
    openmetrics: bytes


@dataclass(frozen=True, slots=True)
class Family:
    """One metric and its samples: labels by name, and a value."""

    spec: "MetricSpec[object]"
    keys: Labels
    samples: Sequence[tuple[Labels, Labels, float | int]]


class Renderer:
    """Turns snapshots into pages."""

    def __init__(self, *, process: bool = True, remembers: bool = True) -> None:
        """
        Args:
            process: also this process's own memory, time and garbage collections.
            remembers: keep how names and labels are spelled for the next page. For pages of a thousand rigs that
                would take more memory than all the rest of them.
        """
        self._spelled: dict[tuple[str, Labels, Labels], str] = {}
        self._remembers = remembers
        self._budget = Budget()
        self._process = CollectorRegistry(auto_describe=False) if process else None
        if self._process is not None:
            ProcessCollector(registry=self._process)
            GCCollector(registry=self._process)

    def render(self, snapshot: RigSnapshot) -> Page:
        """The whole page."""
        return self._page(self._budget.held(list(families(snapshot)), _sources_of_devices(snapshot)))

    def render_agent_only(self, snapshot: RigSnapshot) -> Page:
        """The page without any reading: what is served where the whole one cannot be built."""
        return self._page(_agent_families(snapshot))

    def _page(self, found: Iterable[Family]) -> Page:
        spelled: dict[tuple[str, Labels, Labels], str] = {}
        parts: list[tuple[_Heads, bytes]] = []
        for family in (*found, *_process_families(self._process)):
            spec = family.spec
            lines = []
            for key, labels, value in family.samples:
                if self._remembers:
                    identity = (spec.name, key, labels)
                    start = spelled[identity] = self._spelled.get(identity) or _start(family, key, labels)
                else:
                    start = _start(family, key, labels)
                lines.append(f"{start} {_spelled_number(value)}\n")
            parts.append((_heads(spec.name, spec.kind, spec.help), "".join(lines).encode()))
        self._spelled = spelled  # what is gone from the page is forgotten
        return Page(tuple(parts))


def _sources_of_devices(snapshot: RigSnapshot) -> dict[str, str]:
    """Whose each device is, also of those that are gone and still counted."""
    counted = {status.device: status.source for status in snapshot.devices}
    return counted | {device.label: device.source for device in snapshot.inventory.devices}


def _process_families(registry: CollectorRegistry | None) -> Iterator[Family]:
    """What ``prometheus-client`` tells of this process."""
    for metric in () if registry is None else registry.collect():
        if metric.samples:
            name, labels = metric.samples[0].name, tuple(metric.samples[0].labels)
            kind: metrics.Kind = "counter" if metric.type == "counter" else "gauge"
            spec: MetricSpec[object] = MetricSpec(name, kind, metric.documentation, labels, lambda _: ())
            yield Family(spec, (), [((), tuple(s.labels.values()), s.value) for s in metric.samples])


@lru_cache(maxsize=1024)
def _heads(name: str, kind: metrics.Kind, help_: str) -> _Heads:
    shown = {"info": "gauge", "stateset": "gauge"}.get(kind, kind)  # OpenMetrics wants another label for a state set
    text = f"# HELP {name} {help_}\n# TYPE {name} {shown}\n"
    family = name.removesuffix("_total" if kind == "counter" else "_info" if kind == "info" else "\0")
    shown = "info" if kind == "info" else shown
    return _Heads(text.encode(), f"# HELP {family} {help_}\n# TYPE {family} {shown}\n".encode())


_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


def _start(family: Family, key: Labels, labels: Labels) -> str:
    """Name and labels of a sample, as both formats spell them."""
    pattern, order = _pattern(family.spec.name, (*family.keys, *family.spec.labels))
    values = (*key, *labels)
    return pattern % tuple([_escaped(values[position]) for position in order])


def _escaped(value: str) -> str:
    return value.translate(_ESCAPES) if "\\" in value or '"' in value or "\n" in value else value


@lru_cache(maxsize=1024)
def _pattern(name: str, labels: Labels) -> tuple[str, tuple[int, ...]]:
    """A sample's name and labels with room for their values, and in which order these come: sorted by label."""
    order = sorted(range(len(labels)), key=labels.__getitem__)
    labelled = ",".join(f'{labels[position]}="%s"' for position in order)
    return (f"{name}{{{labelled}}}" if labels else name), tuple(order)


def families(snapshot: RigSnapshot) -> Iterator[Family]:
    """Every family that has a sample, in the order of the table."""
    devices = snapshot.inventory.devices
    labelled = [((device.label,), device) for device in devices]
    readings = [((device.label,), device.reading) for device in devices]
    yield from _section(
        ("device",), (metrics.DEVICE_INFO,), [(key, (d.reading, d.driver_version)) for key, d in labelled]
    )
    yield from _section(("device",), (metrics.DEVICE_UP,), labelled)
    yield from _section(("device",), metrics.DEVICE, readings)
    yield from _section(
        ("device",), (metrics.DEVICE_LAST_READ,), [(key, d.read_at) for key, d in labelled if d.answered]
    )
    yield from _section(("device",), (metrics.ENERGY,), [((e.device,), e) for e in snapshot.energy])
    yield from _section(("device",), metrics.DEVICE_STATUS, [((s.device,), s) for s in snapshot.devices])
    detected = dict.fromkeys((kind.value for kind in snapshot.devices_expected), 0)
    for device in devices:
        detected[device.reading.kind.value] = detected.get(device.reading.kind.value, 0) + device.answered
    yield from _section((), (metrics.DEVICES_DETECTED,), [((), detected)])
    expected = {kind.value: count for kind, count in snapshot.devices_expected.items()}
    yield from _section((), (metrics.DEVICES_EXPECTED,), [((), expected)])
    yield from _host_families(snapshot)
    yield from _power_families(snapshot)
    yield from _miner_families(snapshot)
    if snapshot.economy is not None:
        yield from _economy_families(snapshot.economy)
    yield from _agent_families(snapshot)


def _host_families(snapshot: RigSnapshot) -> Iterator[Family]:
    hosts = [o.reading for o in snapshot.outcomes if isinstance(o.reading, HostReading)]
    yield from _section((), metrics.HOST, [((), host) for host in hosts])
    disks = {(disk.mountpoint,): disk for host in hosts for disk in host.filesystems or ()}
    yield from _section(("mountpoint",), metrics.FILESYSTEM, disks.items())
    sensors = {(t.chip, t.sensor): t for host in hosts for t in host.temperatures}
    yield from _section(("chip", "sensor"), metrics.TEMPERATURE, sensors.items())


def _power_families(snapshot: RigSnapshot) -> Iterator[Family]:
    yield from _section((), metrics.HOST_POWER, [((), snapshot.power)])
    yield from _section((), (metrics.HOST_ENERGY,), [((), snapshot.rig_energy)])
    outcomes = [((o.source,), o) for o in snapshot.outcomes if o.kind == "meter"]
    yield from _section(("meter",), metrics.METER_OUTCOME, outcomes)
    meters = [(key, o.reading) for key, o in outcomes if isinstance(o.reading, MeterReading)]
    yield from _section(("meter",), metrics.METER, meters)


def _miner_families(snapshot: RigSnapshot) -> Iterator[Family]:
    outcomes = [((o.source,), o) for o in snapshot.outcomes if o.kind == "miner"]
    miners = [(key, o.reading) for key, o in outcomes if isinstance(o.reading, MinerSnapshot)]
    workloads = snapshot.inventory.workloads
    yield from _section(("miner",), metrics.MINER_OUTCOME, outcomes)
    yield from _section(("miner",), (metrics.MINER_INFO,), [((w.miner,), (w.snapshot, w.workload)) for w in workloads])
    machines = [(key, miner) for key, miner in miners if miner.product is not None]
    yield from _section(("miner",), (metrics.MACHINE_INFO,), machines)
    yield from _section(
        ("miner",),
        (metrics.MINER_START,),
        [((name,), moment) for name, moment in snapshot.miners_started_at.items()],
    )
    yield from _section(("miner",), metrics.MINER, miners)
    yield from _section(
        ("miner", "algorithm"), metrics.WORKLOAD, [((w.miner, w.algorithm), w.workload) for w in workloads]
    )
    yield from _section(("miner", "algorithm"), metrics.PROVEN, [((p.miner, p.algorithm), p) for p in snapshot.proven])
    pools = [((p.miner, p.algorithm), p) for p in snapshot.pools]
    yield from _section(
        ("miner", "algorithm"), (metrics.POOL_INFO,), [(key, p) for key, p in pools if p.host is not None]
    )
    yield from _section(("miner", "algorithm"), (metrics.POOL_MATCH,), pools)
    yield from _section(
        ("miner", "device", "algorithm"),
        metrics.DEVICE_WORK,
        [((c.miner, c.device, c.algorithm), c.work) for c in snapshot.inventory.contributions],
    )
    yield from _section(
        ("miner", "worker"), metrics.WORKER, [((w.miner, w.worker.name), w.worker) for w in snapshot.inventory.workers]
    )


def _economy_families(economy: Economy) -> Iterator[Family]:
    yield from _section(("feed",), metrics.MARKET_FEED, [((f.feed,), f) for f in economy.feeds])
    prices = [((p.coin, p.currency, p.source), p) for p in economy.prices]
    yield from _section(("coin", "currency", "source"), metrics.MARKET_PRICE, prices)
    yield from _section(("coin",), metrics.NETWORK, [((n.coin,), n) for n in economy.networks])
    tariffs = [] if economy.tariff is None else [((economy.tariff.tariff,), economy.tariff)]
    yield from _section(("tariff",), metrics.TARIFF, tariffs)
    yield from _section((), metrics.PRESENT, [((), economy.present)])
    yield from _section(
        ("coin", "algorithm"), metrics.CANDIDATE, [((c.coin, c.algorithm), c) for c in economy.candidates]
    )
    yield from _section((), metrics.PROFIT, [((), economy)])


def _agent_families(snapshot: RigSnapshot) -> Iterator[Family]:
    collectors = [((o.source,), o) for o in snapshot.outcomes if o.kind == "collector"]
    yield from _section(("collector",), metrics.COLLECTOR_OUTCOME, collectors)
    yield from _section(
        ("collector",), metrics.SOURCE_STATUS, [((status.source,), status) for status in snapshot.sources]
    )
    if snapshot.agent is not None:
        yield from _section((), metrics.AGENT, [((), snapshot.agent)])
        yield from _section(("database",), metrics.DATABASE, [((d.database,), d) for d in snapshot.agent.databases])
        if snapshot.agent.gateway is not None:
            yield from _section((), metrics.GATEWAY, [((), snapshot.agent.gateway)])
    yield from _section((), (metrics.LAST_TICK,), [((), snapshot.taken_at)])


def _section(
    keys: Labels, specs: Iterable[MetricSpec[Subject]], labelled: Iterable[tuple[Labels, Subject]]
) -> Iterator[Family]:
    """One family a row of the table. A value that was not read gives no sample."""
    subjects = list(labelled)
    if not subjects:
        return
    for spec in specs:
        samples = [
            (key, labels, value)
            for key, subject in subjects
            for labels, value in spec.samples(subject)
            if value is not None
        ]
        if samples:
            yield Family(spec, keys, samples)  # type: ignore[arg-type]
