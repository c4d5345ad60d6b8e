"""Where NVML writes what one call asks for: made once, and read after every call. In the sensor child only.

They are laid out as NVML's own header has them.
"""

import ctypes
from typing import Protocol, TypeAlias

_TEXT_BYTES_MAX = 96
"""Of NVML's texts the longest, with its end: a card's name."""
_TEMPERATURE_VERSION = _FAN_SPEED_VERSION = 0x100000C
"""The first one of a structure of 12 bytes."""


class Place(Protocol):
    """Room for the answer of one call."""

    @property
    def value(self) -> object:
        """What was written last."""

    def pointers(self) -> tuple[object, ...]:
        """What the function takes after all else."""

    def numbers(self) -> tuple["Number", ...]:
        """Where the numbers of its value stand, each with a ``value`` that is read in C. None of a text."""


Number: TypeAlias = ctypes.c_uint | ctypes.c_int | ctypes.c_ulonglong | ctypes.c_longlong


class NumberPlace(ctypes.c_uint):
    """A whole number."""

    def numbers(self) -> tuple[Number, ...]:
        """Itself."""
        return (self,)

    def pointers(self) -> tuple[object, ...]:
        """To it."""
        return (ctypes.byref(self),)


class WideNumberPlace(ctypes.c_ulonglong):
    """A whole number of 64 bits."""

    def numbers(self) -> tuple[Number, ...]:
        """Itself."""
        return (self,)

    def pointers(self) -> tuple[object, ...]:
        """To it."""
        return (ctypes.byref(self),)


class TextPlace(ctypes.Structure):
    """A text, which may be no UTF-8."""

    _fields_ = (("content", ctypes.c_char * _TEXT_BYTES_MAX),)

    @property
    def value(self) -> str:
        """What was written last. Raises UnicodeDecodeError."""
        return bytes(self.content).decode()

    def numbers(self) -> tuple[Number, ...]:
        """None."""
        return ()

    def pointers(self) -> tuple[object, ...]:
        """To it, and how long it may be."""
        return ctypes.byref(self), ctypes.c_uint(_TEXT_BYTES_MAX)


class _PairPlace(ctypes.Structure):
    _fields_ = (("first", ctypes.c_uint), ("second", ctypes.c_uint))

    @property
    def value(self) -> tuple[int, int]:
        return self.first, self.second

    def numbers(self) -> tuple[Number, ...]:
        return tuple(ctypes.c_uint.from_buffer(self, field.offset) for field in (type(self).first, type(self).second))


class UtilizationPlace(_PairPlace):
    """How busy the core and the memory are, in one structure."""

    def pointers(self) -> tuple[object, ...]:
        """To the structure."""
        return (ctypes.byref(self),)


class RangePlace(_PairPlace):
    """The least and the most, each a number of its own."""

    def pointers(self) -> tuple[object, ...]:
        """To each."""
        return ctypes.byref(self), ctypes.byref(self, ctypes.sizeof(ctypes.c_uint))


class MemoryPlace(ctypes.Structure):
    """Memory. [bytes]"""

    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))

    @property
    def value(self) -> tuple[int, int]:
        """Used, and in all."""
        return self.used, self.total

    def numbers(self) -> tuple[Number, ...]:
        """Used, and in all."""
        kind = type(self)
        return tuple(ctypes.c_ulonglong.from_buffer(self, field.offset) for field in (kind.used, kind.total))

    def pointers(self) -> tuple[object, ...]:
        """To it."""
        return (ctypes.byref(self),)


class TemperaturePlace(ctypes.Structure):
    """What newer drivers tell of one sensor. [°C]"""

    _fields_ = (("version", ctypes.c_uint), ("sensor", ctypes.c_int), ("degrees", ctypes.c_int))

    @classmethod
    def of(cls, sensor: int) -> "TemperaturePlace":
        """Of that sensor."""
        return cls(version=_TEMPERATURE_VERSION, sensor=sensor)

    @property
    def value(self) -> int:
        """The temperature."""
        return int(self.degrees)

    def numbers(self) -> tuple[Number, ...]:
        """The temperature."""
        return (ctypes.c_int.from_buffer(self, type(self).degrees.offset),)

    def pointers(self) -> tuple[object, ...]:
        """To it."""
        return (ctypes.byref(self),)


class FanSpeedPlace(ctypes.Structure):
    """What newer drivers tell of one fan. [revolutions per minute]"""

    _fields_ = (("version", ctypes.c_uint), ("fan", ctypes.c_uint), ("speed", ctypes.c_uint))

    @classmethod
    def of(cls, fan: int) -> "FanSpeedPlace":
        """Of that fan."""
        return cls(version=_FAN_SPEED_VERSION, fan=fan)

    @property
    def value(self) -> int:
        """Its speed."""
        return int(self.speed)

    def numbers(self) -> tuple[Number, ...]:
        """Its speed."""
        return (ctypes.c_uint.from_buffer(self, type(self).speed.offset),)

    def pointers(self) -> tuple[object, ...]:
        """To it."""
        return (ctypes.byref(self),)


class _FieldContent(ctypes.Union):
    _fields_ = (
        ("of_4_bytes", ctypes.c_uint),
        ("of_8_bytes", ctypes.c_ulonglong),
        ("signed_of_4_bytes", ctypes.c_int),
        ("signed_of_8_bytes", ctypes.c_longlong),
    )


_MEMBERS = {1: "of_4_bytes", 4: "signed_of_8_bytes", 5: "signed_of_4_bytes"}
"""By NVML's number of the type; every other one fits in 8 bytes."""
_NUMBERS: dict[str, type[Number]] = dict(_FieldContent._fields_)


class FieldPlace(ctypes.Structure):
    """One of NVML's fields: its number, then what is told of it."""

    _fields_ = (
        ("number", ctypes.c_uint),
        ("scope", ctypes.c_uint),
        ("timestamp_microseconds", ctypes.c_longlong),
        ("latency_microseconds", ctypes.c_longlong),
        ("type", ctypes.c_uint),
        ("code", ctypes.c_uint),
        ("content", _FieldContent),
    )

    @property
    def value(self) -> int:
        """What was written last."""
        return int(getattr(self.content, self._member))

    @property
    def _member(self) -> str:
        return _MEMBERS.get(self.type, "of_8_bytes")

    def content_number(self) -> Number:
        """Where its value stands, as long as its type is what it was now."""
        kind = _NUMBERS[self._member]
        return kind.from_buffer(self, type(self).content.offset)

    def verdict(self) -> Number:
        """Where its type and its code stand, as one number."""
        return ctypes.c_ulonglong.from_buffer(self, type(self).type.offset)
