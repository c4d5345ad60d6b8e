"""Which makers' graphics cards stand in this machine, by the kernel's list of PCI devices."""

from pathlib import Path

_DISPLAY_CLASS = "0x03"


def has_display(sysfs: Path, *, vendor: str) -> bool:
    """Whether there is a graphics card of that vendor. Wakes none: the kernel knows what it found at its start."""
    return any(_is_display(device, vendor) for device in (sysfs / "bus" / "pci" / "devices").glob("*"))


def _is_display(device: Path, vendor: str) -> bool:
    try:
        found, kind = (device / "vendor").read_text().strip(), (device / "class").read_text()
    except (OSError, UnicodeDecodeError):
        return False
    return found == vendor and kind.startswith(_DISPLAY_CLASS)
