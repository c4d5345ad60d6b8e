"""What the agent makes of the files of the simulated market: feeds and sums, in the simulated rig's own time."""

from dataclasses import replace

import msgspec

from miner_agent.config.configuration import Config
from miner_agent.economy import feed_child
from miner_agent.economy.advice import Adviser, advantage_ratio
from miner_agent.economy.messages import Errand, Return
from miner_agent.economy.revenue_estimate import RevenueEstimate
from miner_agent.economy.settings import Settings
from miner_agent.economy.sums import sum_up
from miner_agent.model.finances import Economy, FeedStatus
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.simulate.market_files import MarketFiles


class SimulatedMoney:
    """In the place of the thread that asks feeds and computes."""

    def __init__(self, loaded: Config, files: MarketFiles) -> None:
        self._loaded, self._settings, self._files = loaded, Settings.of(loaded), files
        self._adviser, self._estimate = Adviser(), RevenueEstimate()
        self._feeds = {entry.name: FeedStatus(feed=entry.name) for entry in loaded.feeds}
        self._last: dict[str, Return] = {}
        self._view: Economy | None = None

    def look(self, snapshot: RigSnapshot) -> None:
        """Ask the feeds and compute."""
        now = snapshot.taken_at
        errand = Errand(now=now, state_directory=self._files.folder, catalog_file=None, feeds=self._loaded.feeds)
        for said in feed_child.ask(errand):
            self._note(said)
        returns = [(entry, self._last[entry.name]) for entry in self._loaded.feeds]
        summed = sum_up(self._settings, returns, snapshot, now=now)
        self._adviser.follow(summed, now=now)
        self._view = replace(
            summed.economy,
            candidates=self._adviser.with_spread(summed.economy.candidates),
            advantage_ratio=advantage_ratio(summed),
            switches_total=dict(self._adviser.switches),
            suppressed_total=dict(self._adviser.suppressed),
            market_notes=(),
        )

    def shown_with(self, snapshot: RigSnapshot) -> RigSnapshot:
        """The snapshot with what is known of money."""
        if self._view is None:
            return snapshot
        self._estimate.add(self._view.present.revenue_per_day, snapshot.clock)
        return replace(
            snapshot,
            economy=replace(
                self._view,
                feeds=tuple(self._feeds.values()),
                revenue_estimated_total=dict(self._estimate.total),
            ),
        )

    def _note(self, said: Return) -> None:
        before = self._last.get(said.name)
        if said.reading is None and before is not None:
            said = msgspec.structs.replace(said, reading=before.reading, taken_at=before.taken_at)
        self._last[said.name] = said
        status = self._feeds[said.name]
        self._feeds[said.name] = replace(
            status,
            reason=said.reason,
            last_success_at=said.taken_at or status.last_success_at,
            runs_total=status.runs_total + 1,
            failures_total=status.failures_total + (said.reason is not None),
        )
