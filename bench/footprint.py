"""Memory and processor time of the agent with 12 cards and 2 miners (B1, B2), beside other exporters on the same rig.

The agent looks for its own alerts, and writes its log and its state. Its peers do neither. Where a tick has a limit, all
but the two that are compared stand still.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import published
from bench.figure import Figure
from bench.process import children, rss_mebibytes
from bench.rig import OWN_ALERTS, Rig, agent_on, free_port, peer, rig, typical
from bench.services import TICK_SECONDS, Service, scraped, stopped, window
from bench.turns import middle_turn
from tests import nvml_stub

WINDOWS, WINDOW_SECONDS = 3, 20
SCRAPED_WINDOWS, SCRAPED_SECONDS = 3, 6
SETTLING_SECONDS = 5
NEVER_SECONDS = 3600
TICKS = 'rig_agent_collector_requests_total{collector="nvml"}'
ON_THE_BEAT = 0.95
"""The least part of the seconds that have a tick."""
NVML_OF_PEERS = Path(__file__).with_name("nvml_of_peers.c")

OURS, WITHOUT_ALERTS, IDLE = "the agent", "the agent without its own alerts", "idle agent"
TYPICAL, IDLE_TYPICAL, NVITOP, GLANCES = "typical exporter", "typical exporter, idle", "nvitop-exporter", "glances"

Windows = Sequence[Mapping[str, float]]


def measure() -> list[Figure]:
    with rig() as parts, ExitStack() as stack:
        services = _started(parts, stack)
        time.sleep(SETTLING_SECONDS)
        with _ticking(services[OURS]):
            alone = _beside_each_other(services, OURS, TYPICAL)
            quiet = [window(services, WINDOW_SECONDS, OURS) for _ in range(WINDOWS)]
        with scraped(services.values()):
            with_scrapes = [window(services, SCRAPED_SECONDS, OURS) for _ in range(SCRAPED_WINDOWS)]
        (child_memory,) = map(rss_mebibytes, children(services[OURS].process_id))
        memory = {name: service.memory_mebibytes() for name, service in services.items()}
    peers = [name for name in (TYPICAL, NVITOP, GLANCES) if name in services]
    return [
        *(
            Figure(
                name="main process, memory", unit="MiB", ours=memory[OURS], limit=60 if name == TYPICAL else None,
                peer=name, peers=memory[name], only_told=name == GLANCES,
            )
            for name in peers
        ),
        Figure(name="main process without alerts, nobody looks, memory", unit="MiB", ours=memory[WITHOUT_ALERTS]),
        Figure(name="sensor child, memory", unit="MiB", ours=child_memory, limit=18),
        _tick(alone, WINDOW_SECONDS, TYPICAL, ratio_limit=1.5),
        *(_tick(quiet, WINDOW_SECONDS, name, named="one tick beside all of them, CPU") for name in peers),
        _tick(quiet, WINDOW_SECONDS, WITHOUT_ALERTS, named="one tick beside all of them, CPU"),
        *(_tick(with_scrapes, SCRAPED_SECONDS, name, named="one tick and a scrape, CPU") for name in peers),
        _idle(quiet),
    ]  # fmt: skip


def _beside_each_other(services: Mapping[str, Service], *names: str) -> Windows:
    """These alone: five others that tick, one of them for 20 ms, take their caches and their processors from them."""
    with stopped(service for name, service in services.items() if name not in names):
        time.sleep(SETTLING_SECONDS)
        some = {name: services[name] for name in names}
        return [window(some, WINDOW_SECONDS, names[0]) for _ in range(WINDOWS)]


@contextmanager
def _ticking(agent: Service) -> Iterator[None]:
    """Whether the agent ticked on the beat meanwhile: on a machine that is too full it leaves ticks out."""
    ticks, begun = agent.sample(TICKS), time.monotonic()
    yield
    ticked, seconds = agent.sample(TICKS) - ticks, time.monotonic() - begun
    assert ticked > ON_THE_BEAT * seconds / TICK_SECONDS, f"{ticked} ticks in {seconds:.0f} s: the machine is too full"


def _tick(
    windows: Windows, seconds: int, peer: str, *, ratio_limit: float | None = None, named: str = "one tick, CPU"
) -> Figure:
    ours, peers = middle_turn([(each[OURS], each[peer]) for each in windows])
    ticks = seconds / TICK_SECONDS
    return Figure(
        name=named, unit="ms", ours=1000 * ours / ticks, peer=peer, peers=1000 * peers / ticks, ratio_limit=ratio_limit,
        only_told=peer == GLANCES,
    )  # fmt: skip


def _idle(windows: Windows) -> Figure:
    ours, peers = middle_turn([(each[IDLE], each[IDLE_TYPICAL]) for each in windows])
    return Figure(
        name=f"idle between ticks, CPU in {WINDOW_SECONDS} s", unit="ms", ours=1000 * ours, limit=10,
        peer=IDLE_TYPICAL, peers=1000 * peers,
    )  # fmt: skip


def _started(parts: Rig, stack: ExitStack) -> dict[str, Service]:
    """All of them, each on a port of its own. A published peer that cannot be installed is not there."""

    def agent(interval_seconds: float, more: str = "") -> Service:
        running = stack.enter_context(agent_on(parts, interval_seconds=interval_seconds, more=more))
        running.wait_until(lambda page: page)
        if more:
            running.get("/")  # the page for people is loaded on first demand, and stays
        return Service(process_id=running.process.pid, url=f"{running.url}/metrics")

    def started(arguments: Sequence[str], port: int, environment: Mapping[str, str]) -> Service:
        url = f"http://127.0.0.1:{port}/metrics"
        process = stack.enter_context(peer([*arguments], url, {**environment}))
        return Service(process_id=process.pid, url=url)

    def typical_exporter(interval_seconds: int) -> Service:
        port = free_port()
        return started(typical(parts, port, interval_seconds=interval_seconds), port, parts.stub.environment())

    folder = parts.folder / "peers"
    folder.mkdir()
    more_calls = {**parts.stub.environment(), "LD_LIBRARY_PATH": str(nvml_stub.build(folder, NVML_OF_PEERS))}
    services = {
        OURS: agent(TICK_SECONDS, OWN_ALERTS), WITHOUT_ALERTS: agent(TICK_SECONDS), IDLE: agent(NEVER_SECONDS, OWN_ALERTS),
        TYPICAL: typical_exporter(TICK_SECONDS), IDLE_TYPICAL: typical_exporter(NEVER_SECONDS),
    }  # fmt: skip
    if nvitop := published.program(NVITOP):
        port = free_port()
        options = ["--hostname", "127.0.0.1", "--port", str(port), "--interval", str(TICK_SECONDS)]
        services[NVITOP] = started([str(nvitop), *options], port, more_calls)
    if glances := published.program(GLANCES):
        port, configuration = free_port(), folder / "glances.conf"
        configuration.write_text(f"[prometheus]\nhost=127.0.0.1\nport={port}\nprefix=glances\nlabels=src:glances\n")
        options = ["-q", "-t", str(TICK_SECONDS), "--export", "prometheus", "--disable-check-update"]
        services[GLANCES] = started([str(glances), *options, "-C", str(configuration)], port, more_calls)
    return services
