"""Remembers over restarts of the agent when NVIDIA's driver told of which error: NVML tells what comes, and nothing of
what was.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter

from miner_agent.model.devices import XidErrors
from miner_agent.model.remembered_devices import KEPT_A_SOURCE
from miner_agent.model.snapshot import Device, Inventory
from miner_agent.tick.known_devices import SAVED_EVERY_SECONDS
from miner_agent.tick.mistakes import STRICT, Costing

KEPT = timedelta(days=90)
XIDS_A_CARD = 32
_ERRORS = attrgetter("reading.xid_errors")


class KnownXids:
    """Of the cards of one rig. Fed once a tick."""

    __slots__ = ("_changed", "_is_held", "_is_read", "_known", "_left", "_now_seconds", "_saved_at_seconds")

    def __init__(self) -> None:
        self._known: dict[str, dict[int, datetime]] = {}  # by card
        self._left: Mapping[str, str] = {}  # facts by card, as the last run left them: those of all rigs, held once
        self._is_held = self._is_read = False
        self._changed = frozenset[str]()
        self._saved_at_seconds: dict[str, float] = {}
        self._now_seconds = 0.0

    def follow(self, inventory: Inventory, *, at_seconds: float, now: datetime, costs: Costing = STRICT) -> Inventory:
        """Take one tick in; the same with the errors that earlier runs were told of.

        Args:
            inventory: of the tick.
            at_seconds: of this tick, on a clock that is never set. [s]
            now: the same by the wall clock.
            costs: what becomes of a mistake.
        """
        self._now_seconds = at_seconds
        if not (self._known or self._left or any(map(_ERRORS, inventory.devices))):
            return inventory
        devices = []
        for device in inventory.devices:
            shown = device
            if device.reading.xid_errors or device.label in self._known or device.label in self._left:
                with costs.of(device.source):
                    shown = self._with_earlier(device, now)
            devices.append(shown)
        return replace(inventory, devices=tuple(devices))

    def see(self, facts: Mapping[str, str] | None) -> None:
        """Learn what is on disk, by card; ``None`` while nobody knows: until then nothing is to be saved."""
        self._is_held = facts is None
        if facts is not None and not self._is_read:
            self._left, self._is_read = facts, True
            for label in self._known.keys() & facts.keys():
                self._known[label] = dict(_kept(facts[label])) | self._known[label]

    def unsaved_facts(self) -> dict[str, str]:
        """What is new since this was last asked, by card."""
        if self._is_held or not self._changed:
            return {}
        due = [
            label
            for label in self._changed
            if self._now_seconds - self._saved_at_seconds.get(label, -SAVED_EVERY_SECONDS) >= SAVED_EVERY_SECONDS
        ]
        self._changed -= {*due}
        self._saved_at_seconds |= dict.fromkeys(due, self._now_seconds)
        return {
            label: json.dumps({xid: moment.isoformat() for xid, moment in self._known[label].items()}) for label in due
        }

    def _with_earlier(self, device: Device, now: datetime) -> Device:
        told = {each.xid: each for each in device.reading.xid_errors or ()}
        known = self._known.get(device.label)
        if known is None:
            known = dict(_kept(self._left.get(device.label, "")))
            if not known and (not told or len(self._known.keys() | self._left.keys()) >= KEPT_A_SOURCE):
                return device
            self._known[device.label] = known
        if new := {xid: each.last_at for xid, each in told.items() if known.get(xid) != each.last_at}:
            known |= new
            self._changed |= {device.label}
        earlier = [
            XidErrors(xid=xid, errors_total=0, last_at=moment)
            for xid, moment in known.items()
            if xid not in told and timedelta() <= now - moment < KEPT  # not yet: the clock is not set, or was ahead
        ]
        if not earlier:
            return device
        errors = tuple(sorted((*told.values(), *earlier), key=lambda each: each.xid))
        return replace(device, reading=replace(device.reading, xid_errors=errors))


def _kept(fact: str) -> Iterator[tuple[int, datetime]]:
    """The errors in a fact, each with when it came last; none where it is not one of ours."""
    try:
        for xid, text in list(json.loads(fact).items())[:XIDS_A_CARD]:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is not None:
                yield int(xid), moment
    except (ValueError, TypeError, AttributeError, RecursionError):
        return
