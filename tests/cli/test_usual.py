"""What is taken for granted where nobody says it, and what is not."""

import pytest

from miner_agent.profit.usual import usual_host_watts, usual_program_fee
from tests.cli.profit_asked import PRICE, answered

pytestmark = pytest.mark.usefixtures("no_configuration")


def best(*arguments: str) -> tuple[float, list[str], dict[str, float]]:
    document = answered("profit", *PRICE, *arguments, "--explain")
    row = document["ranking"][0]
    lines = {term["name"]: term["value"] for term in row["sum"]}
    return float(lines["dev_fee_ratio"]), document["notes"], lines


@pytest.mark.parametrize(
    ("hardware", "host_watts", "fee"),
    [("6x rtx3080", 60, 0.01), ("1x ryzen-5950x", 40, 0.01), ("2x antminer-s21", 0, 0)],
)
def test_a_rig_has_what_is_usual_of_its_kind_and_says_so(hardware: str, host_watts: float, fee: float) -> None:
    found, notes, lines = best("--hardware", hardware)

    assert (float(lines["host_watts"]), found) == (host_watts, fee)
    assert any(f"{host_watts} W of the computer around them" in note for note in notes) == (host_watts > 0)


def test_what_is_said_stands_in_its_place() -> None:
    found, notes, lines = best("--hardware", "6x rtx3080", "--host-watts", "0", "--dev-fee", "2%")

    assert (float(lines["host_watts"]), found) == (0, 0.02)
    assert not any("of the computer" in note for note in notes)
    at_the_wall = best("--hardware", "6x rtx3080", "--psu", "none")[2]
    assert float(at_the_wall["host_watts"]) == 0


def test_programs_that_keep_nothing_are_known() -> None:
    assert [usual_program_fee("gpu", name) for name in ("lolminer", "ethminer", None)] == [0.01, 0, 0.01]
    assert usual_program_fee("asic", "bmminer") == usual_program_fee("asic") == usual_program_fee(None) == 0
    assert usual_host_watts(["asic", "cpu", None, "gpu"]) == 60
    assert usual_host_watts([]) == 0


@pytest.mark.parametrize("firmware", ["braiins-os", "bosminer", "luxminer", "vnish"])
def test_firmware_that_others_sell_keeps_a_part_as_programs_do(firmware: str) -> None:
    assert usual_program_fee("asic", firmware) == 0.025
