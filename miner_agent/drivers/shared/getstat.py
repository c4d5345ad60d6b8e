"""The ``getstat`` document of Equihash miners: a list of cards, and no total."""

from miner_agent.drivers.shared.cards import amount, measured, ratio, total
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import Workload
from miner_agent.pci import pci_address
from miner_agent.sources.payload import Doc
from miner_agent.text import account_and_worker, clean_or_none, pool_address


def cards_of(answer: Doc) -> list[Doc]:
    """The cards. Refused where there is no list of them, which is how an error looks."""
    result = answer.at("result")
    if not result.is_list():
        result.expected("a list of cards")
    return list(result.items())


def workload(cards: list[Doc], *, speed: str, pool: str | None, user: str | None = None) -> Workload:
    """What all of them do together; unknown as long as one of them does not say it. Speeds are in Sol/s."""
    works = tuple(
        DeviceWork(
            device_index=index,
            hashes_per_second=amount(card, speed),
            accepted_shares_total=card.count_or_none("accepted_shares"),
            rejected_shares_total=card.count_or_none("rejected_shares"),
        )
        for index, card in enumerate(cards)
    )
    account, worker = account_and_worker(user)
    return Workload(
        hashes_per_second=total([work.hashes_per_second for work in works]),
        accepted_shares_total=total([work.accepted_shares_total for work in works]),
        rejected_shares_total=total([work.rejected_shares_total for work in works]),
        pool=pool_address(pool),
        account_hash=account,
        worker=worker,
        devices=works,
    )


def devices(cards: list[Doc], *, names: tuple[str, ...], fan: str, power: str, pci: str) -> tuple[DeviceReading, ...]:
    """The cards. A zero is what they print for a sensor that a card does not have."""
    return tuple(
        DeviceReading(
            index=index,
            name=next((found for name in names if (found := clean_or_none(card.text_or_none(name)))), None),
            pci_address=pci_address(card.text_or_none(pci)),
            core_temperature_celsius=measured(card, "temperature"),
            fan_ratio=_fan_ratio(card.number_or_none(fan), card.number_or_none(power)),
            power_watts=measured(card, power),
        )
        for index, card in enumerate(cards)
    )


def _fan_ratio(percent: float | None, power_watts: float | None) -> float | None:
    """A fan stands still only where the card's other sensors work."""
    return None if not percent and not power_watts else ratio(percent)
