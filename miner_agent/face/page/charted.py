"""What charts need beside the log: what is normal for each work, and names that people know cards by."""

from collections import Counter

import msgspec
from markupsafe import Markup, escape

from miner_agent.model.snapshot import RigSnapshot
from miner_agent.text import clean_text

_LETTERS = 40  # of a name beside a line


def baselines_of(snapshot: RigSnapshot) -> Markup:
    """What each work should make [H/s], by miner and algorithm, as JSON for an attribute."""
    return _as_attribute(
        {
            f"{one.miner} {one.algorithm}": one.hashes_per_second
            for one in snapshot.expected_hashrates
            if one.device is None
        }
    )


def device_names(snapshot: RigSnapshot) -> Markup:
    """What each device is called, with a number where several are called alike, as JSON for an attribute."""
    named = [
        (one.label, clean_text(one.reading.name or one.label, length=_LETTERS)) for one in snapshot.inventory.devices
    ]
    alike, before = Counter(name for _, name in named), Counter[str]()
    found = {}
    for label, name in named:
        before[name] += 1
        found[label] = f"{name} #{before[name]}" if alike[name] > 1 else name
    return _as_attribute(found)


def _as_attribute(value: object) -> Markup:
    """Whole, however long it is."""
    return escape(msgspec.json.encode(value).decode("utf-8"))
