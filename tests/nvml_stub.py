"""Builds the stand-in for NVIDIA's library and steers its cards while a process uses them."""

import mmap
import struct
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.requires import require_tool

SOURCE = Path(__file__).parent / "stubs" / "nvml_stub.c"
SONAME = "libnvidia-ml.so.1"
DRIVER_VERSION = "999.12.34"
HANGS = 2**32 - 1
"""As ``init_error``: the library's start does not return while this is set."""
CARDS_MAX, CALLS_MAX, EVENTS_MAX = 64, 40, 16

CALLS = (
    "handle", "uuid", "pci", "name", "serial", "vbios", "threshold", "constraints", "default_limit",
    "num_fans", "temperature", "temperature_v", "field_values", "fan_speed_v2", "fan_speed", "power",
    "enforced_limit", "utilization", "clock", "memory", "event_reasons", "throttle_reasons", "pcie_width",
    "pcie_generation", "energy", "performance_state", "register_events", "fan_speed_rpm", "pcie_width_max",
)  # fmt: skip
"""Names of the stub's calls for one card, in the order of its ``enum call``."""
FIELDS = ("field_ecc_aggregate", "field_ecc_volatile", "field_pcie_replays", "field_remapped_rows")
"""Names of fields, which all come with the call ``field_values``."""

_HEADER = struct.Struct(f"<IIQII{CARDS_MAX}s")
_EVENT = struct.Struct("<II")
_CARD = struct.Struct("<IIQQQQQII")
_COUNTERS = struct.Struct("<II")
_CALL_COUNTERS = struct.Struct(f"<{CALLS_MAX}I")
_EVENTS_AT = _HEADER.size
_CARDS_AT = _EVENTS_AT + EVENTS_MAX * _EVENT.size
_COUNTERS_AT = _CARDS_AT + CARDS_MAX * _CARD.size
_CALLS_AT = _COUNTERS_AT + _COUNTERS.size
SIZE = _CALLS_AT + CARDS_MAX * _CALL_COUNTERS.size


def build(directory: Path, source: Path = SOURCE) -> Path:
    """The directory that holds the library built from a source, for ``LD_LIBRARY_PATH``."""
    gcc = require_tool("gcc", package="gcc libc6-dev")
    options = ("-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror")
    target = (f"-Wl,-soname,{SONAME}", "-o", str(directory / SONAME))
    subprocess.run([gcc, *options, *target, str(source)], check=True)
    return directory


def uuid_of(card: int) -> str:
    return f"GPU-5b0b0000-0000-0000-0000-0000000000{card + 1:02x}"


def pci_address_of(card: int) -> str:
    return f"0000:{card + 1:02x}:00.0"


class NvmlStub:
    """The cards of a stub, by their number from 0. What is set here holds for the library's next call."""

    def __init__(self, library_directory: Path, control: Path, *, cards: int = 0) -> None:
        self._library_directory, self._control = library_directory, control
        control.write_bytes(bytes(SIZE))
        with control.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), SIZE)
        self._tick = self._init_error = self._epoch = self._events_sent = 0
        self._order: tuple[int, ...] = tuple(range(cards))
        self.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()  # so that nothing hangs for ever
        self._memory.close()

    @property
    def cards(self) -> tuple[int, ...]:
        """Which card stands at each index, as of the library's next initialisation."""
        return self._order

    @cards.setter
    def cards(self, order: Sequence[int]) -> None:
        self._order = tuple(order)
        self._write_header()

    @property
    def tick(self) -> int:
        return self._tick

    @tick.setter
    def tick(self, tick: int) -> None:
        self._tick = tick
        self._write_header()

    @property
    def init_error(self) -> int:
        return self._init_error

    @init_error.setter
    def init_error(self, code: int) -> None:
        self._init_error = code
        self._write_header()

    def send_xid(self, card: int, xid: int) -> None:
        """Let one card report one error to whoever listens now."""
        at = _EVENTS_AT + self._events_sent % EVENTS_MAX * _EVENT.size
        _EVENT.pack_into(self._memory, at, card, xid)
        self._events_sent += 1
        self._write_header()

    def reload_driver(self) -> None:
        """Make every handle void until the library is initialised anew."""
        self._epoch += 1
        self._write_header()

    def set_fault(
        self,
        card: int,
        code: int = 0,
        *,
        partial: tuple[int, Iterable[str]] = (0, ()),
        unsupported: Iterable[str] = (),
        sentinels: Iterable[str] = (),
        throttle_reasons: int = 0,
        delay_seconds: float = 0.0,
        hanging: bool = False,
        fans: int = 2,
    ) -> None:
        """Make one card healthy but for this. The sets hold names of ``CALLS`` and ``FIELDS``."""
        partial_code, partial_calls = partial
        _CARD.pack_into(
            self._memory,
            _CARDS_AT + card * _CARD.size,
            code,
            partial_code,
            _mask(partial_calls),
            _mask(unsupported),
            _mask(sentinels),
            int(delay_seconds * 1e9),
            throttle_reasons,
            hanging,
            fans,
        )

    def clear(self) -> None:
        """Make every card healthy, and the library start."""
        self._init_error = 0
        self._write_header()
        for card in range(CARDS_MAX):
            self.set_fault(card)

    def environment(self) -> dict[str, str]:
        """What a process needs to find this library and its cards."""
        return {"LD_LIBRARY_PATH": str(self._library_directory), "NVML_STUB_CONTROL": str(self._control)}

    def calls(self, card: int) -> dict[str, int]:
        """How often each call was made for one card since the stub was made."""
        counters = _CALL_COUNTERS.unpack_from(self._memory, _CALLS_AT + card * _CALL_COUNTERS.size)
        return dict(zip(CALLS, counters, strict=False))

    def fields_asked(self, card: int) -> dict[str, int]:
        """How often each field was asked of one card; two for those that are a pair, four for the rows."""
        counters = _CALL_COUNTERS.unpack_from(self._memory, _CALLS_AT + card * _CALL_COUNTERS.size)
        return dict(zip(FIELDS, counters[len(CALLS) :], strict=False))

    @property
    def init_calls(self) -> int:
        return int(_COUNTERS.unpack_from(self._memory, _COUNTERS_AT)[0])

    def _write_header(self) -> None:
        _HEADER.pack_into(
            self._memory,
            0,
            self._init_error,
            self._epoch,
            self._tick,
            len(self._order),
            self._events_sent,
            bytes(self._order),
        )


def _mask(calls: Iterable[str]) -> int:
    return sum(1 << (*CALLS, *FIELDS).index(call) for call in set(calls))
