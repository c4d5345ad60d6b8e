"""What is made in C is in everything else the frozen dataclass that it is declared as."""

import copy
import dataclasses
import pickle
from dataclasses import dataclass, field
from typing import Any

import pytest

from miner_agent.model.devices import DevicePart, DeviceReading
from miner_agent.model.made_in_c import made_in_c
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.model.snapshot import RigSnapshot
from tests.log_ticks import full_tick


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plain:
    """What it is."""

    watts: float
    name: str | None = None
    parts: dict[str, int] = field(default_factory=dict)

    @property
    def kilowatts(self) -> float:
        return self.watts / 1000

    def named(self, name: str) -> "_Plain":
        return dataclasses.replace(self, name=name)


_Made = made_in_c(_Plain)
READING = DeviceReading(index=1, name="a", fan_ratios=(0.5, None), parts=(DevicePart(number=0, chips=3),))


def test_it_has_the_same_fields_defaults_and_methods() -> None:
    plain, made = _Plain(watts=1500.0), _Made(watts=1500.0)
    assert repr(made) == repr(plain)
    assert dataclasses.asdict(made) == dataclasses.asdict(plain)
    assert dataclasses.fields(_Made) == dataclasses.fields(_Plain)
    assert (made.kilowatts, made.named("x").name, _Made.__doc__) == (1.5, "x", "What it is.")
    assert made.parts is not _Made(watts=1.0).parts
    assert made != plain


def test_it_wants_its_own_fields_by_name() -> None:
    kinds: tuple[Any, ...] = _Plain, _Made
    for kind in kinds:
        for positional, named in (((), {}), ((1.0,), {}), ((), {"watts": 1.0, "volts": 2.0})):
            with pytest.raises(TypeError):
                kind(*positional, **named)


def test_nobody_changes_it() -> None:
    for value, name in (
        (_Made(watts=1.0), "watts"),
        (READING, "index"),
        (full_tick(0), "rig"),
        (_Made(watts=1.0), "new"),
    ):
        with pytest.raises(AttributeError):
            setattr(value, name, 2)
        with pytest.raises(AttributeError):
            delattr(value, name)


def test_copies_and_pickles_are_equal_and_have_one_hash() -> None:
    for other in (copy.copy(READING), copy.deepcopy(READING), pickle.loads(pickle.dumps(READING))):
        assert other == READING
        assert hash(other) == hash(READING)
    assert dataclasses.replace(READING, name="b") != READING
    assert pickle.loads(pickle.dumps(full_tick(0))) == full_tick(0)


def test_what_a_tick_makes_most_of_is_made_so() -> None:
    for kind in (DeviceReading, MinerSnapshot, Workload, RigSnapshot):
        assert dataclasses.is_dataclass(kind)
        assert "msgspec" in {base.__module__.partition(".")[0] for base in kind.__mro__}
