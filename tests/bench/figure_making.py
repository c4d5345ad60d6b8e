"""Figures and a machine that are made up."""

from bench.figure import Figure
from bench.machine import Machine


def machine(speed: float = 1.0) -> Machine:
    return Machine(cpu="Invented CPU", cores=2, python="CPython 3.11.2", speed=speed)


def ratio(ours: float, peers: float = 1.0, *, limit: float | None = None, more_is_better: bool = False) -> Figure:
    """A figure in milliseconds beside a peer's."""
    return Figure(
        name="a tick",
        unit="ms",
        ours=ours,
        peer="a peer",
        peers=peers,
        ratio_limit=limit,
        more_is_better=more_is_better,
    )


def size(ours: float, *, limit: float | None = None) -> Figure:
    """A figure in mebibytes."""
    return Figure(name="memory", unit="MiB", ours=ours, limit=limit)
