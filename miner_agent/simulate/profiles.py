"""The rigs that are simulated. Their figures are those of no real machine: invented, and near enough to real ones."""

from dataclasses import dataclass, replace
from typing import Literal

GIB = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class CardModel:
    """One make of what computes: a graphics card, or the processor."""

    maker: Literal["nvidia", "amd", "processor"]
    name: str
    full_watts: float
    memory_bytes: int
    slowdown_celsius: float = 93.0
    shutdown_celsius: float = 98.0
    has_ecc: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPlace:
    """Where a program mines to."""

    url: str
    user: str

    @property
    def host_and_port(self) -> str:
        return self.url.rpartition("://")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramPlan:
    """One mining program, which goes by its driver's name, and the cards that it works with."""

    driver: Literal["trex", "lolminer", "teamredminer", "xmrig"]
    algorithm: str
    cards: tuple[int, ...]  # by their numbers
    hashes_per_second: float  # of each
    difficulty_hashes: float  # of one share
    pool: PoolPlace
    backup: PoolPlace
    dev_fee_ratio: float = 0.01
    has_dag: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MachinePlan:
    """A machine that is read through the gateway; rig, miner and plan have one name."""

    name: str
    driver: Literal["antminer", "bitaxe", "avalon", "whatsminer3", "xmrig_proxy"]
    product: str
    boards: int
    chips: int  # of a board
    watts: float
    hashes_per_second: float
    difficulty: float  # of one share; it takes 2^32 hashes
    pool: PoolPlace
    backup: PoolPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One rig, and what is read beside it. ``cli/support/demo_words.py`` says what is in each."""

    name: str
    cards: tuple[CardModel, ...] = ()
    programs: tuple[ProgramPlan, ...] = ()
    machines: tuple[MachinePlan, ...] = ()
    has_meter: bool = True
    meter_of: str | None = None  # the machine that hangs on it; None: the rig

    def cards_of(self, maker: str) -> tuple[int, ...]:
        return tuple(number for number, card in enumerate(self.cards) if card.maker == maker)


RTX_3080 = CardModel(maker="nvidia", name="GeForce RTX 3080", full_watts=230.0, memory_bytes=10 * GIB)
RTX_A4000 = CardModel(maker="nvidia", name="RTX A4000", full_watts=125.0, memory_bytes=16 * GIB, has_ecc=True)
RX_6800 = CardModel(
    maker="amd",
    name="Radeon RX 6800",
    full_watts=150.0,
    memory_bytes=16 * GIB,
    slowdown_celsius=100.0,
    shutdown_celsius=105.0,
)
RYZEN = CardModel(maker="processor", name="AMD Ryzen 9 5950X 16-Core Processor", full_watts=105.0, memory_bytes=0)

RAVENCOIN = PoolPlace(url="stratum+tcp://rvn.pool.example:6060", user="RInvented")
RAVENCOIN_BACKUP = PoolPlace(url="stratum+tcp://rvn-backup.pool.example:6060", user="RInvented")
CLASSIC = PoolPlace(url="etc.pool.example:4444", user="0xInvented")
CLASSIC_BACKUP = PoolPlace(url="etc-backup.pool.example:4444", user="0xInvented")
MONERO = PoolPlace(url="xmr.pool.example:3333", user="4Invented")
MONERO_BACKUP = PoolPlace(url="xmr-backup.pool.example:3333", user="4Invented")
BITCOIN = PoolPlace(url="stratum+tcp://btc.pool.example:3333", user="invented.shed")
BITCOIN_BACKUP = PoolPlace(url="stratum+tcp://btc-backup.pool.example:3333", user="invented.shed")

TREX = ProgramPlan(
    driver="trex",
    algorithm="kawpow",
    cards=(0, 1, 2, 3),
    hashes_per_second=46.0e6,
    difficulty_hashes=4.29e9,
    pool=RAVENCOIN,
    backup=RAVENCOIN_BACKUP,
)
LOLMINER = ProgramPlan(
    driver="lolminer",
    algorithm="Etchash",
    cards=(4, 5, 6, 7),
    hashes_per_second=61.0e6,
    difficulty_hashes=1.0e9,
    pool=CLASSIC,
    backup=CLASSIC_BACKUP,
)
TEAMREDMINER = ProgramPlan(
    driver="teamredminer",
    algorithm="kawpow",
    cards=(0, 1, 2, 3, 4, 5),
    hashes_per_second=31.0e6,
    difficulty_hashes=4.29e9,
    pool=RAVENCOIN,
    backup=RAVENCOIN_BACKUP,
)
XMRIG = ProgramPlan(
    driver="xmrig",
    algorithm="rx/0",
    cards=(0,),
    hashes_per_second=15_000.0,
    difficulty_hashes=300_000.0,
    pool=MONERO,
    backup=MONERO_BACKUP,
    has_dag=False,
)

ANTMINER = MachinePlan(
    name="shed-1",
    driver="antminer",
    product="Antminer S19j Pro",
    boards=3,
    chips=126,
    watts=3050.0,
    hashes_per_second=104e12,
    difficulty=524_288.0,
    pool=BITCOIN,
    backup=BITCOIN_BACKUP,
)
HYDRO = replace(
    ANTMINER,
    name="tank-1",
    driver="whatsminer3",
    product="M53S_VH30",
    boards=4,
    chips=120,
    watts=6700.0,
    hashes_per_second=260e12,
)
BITAXE = replace(
    ANTMINER,
    name="desk-1",
    driver="bitaxe",
    product="Gamma",
    boards=1,
    chips=1,
    watts=17.5,
    hashes_per_second=1.18e12,
    difficulty=1024.0,
)
AVALON = replace(
    ANTMINER,
    name="attic-1",
    driver="avalon",
    product="AvalonMiner 1246",
    boards=3,
    chips=120,
    watts=3400.0,
    hashes_per_second=90e12,
)
PROXY = replace(
    ANTMINER,
    name="proxy-1",
    driver="xmrig_proxy",
    product="XMRig Proxy",
    boards=0,
    chips=0,
    watts=0.0,
    hashes_per_second=45_000.0,
    difficulty=100_000.0,
    pool=MONERO,
    backup=MONERO_BACKUP,
)

NVIDIA = Profile(
    name="nvidia",
    cards=(*[RTX_3080] * 4, *[RTX_A4000] * 4),
    programs=(TREX, LOLMINER),
)
AMD = Profile(
    name="amd",
    cards=(RX_6800,) * 6,
    programs=(TEAMREDMINER,),
)
CPU = Profile(
    name="cpu",
    cards=(RYZEN,),
    programs=(XMRIG,),
    has_meter=False,
)
ASIC = Profile(
    name="asic",
    machines=(ANTMINER, HYDRO),
    meter_of=ANTMINER.name,
)
FARM = Profile(
    name="farm",
    cards=(RTX_3080, RTX_A4000, RX_6800, RX_6800, RYZEN),
    programs=(
        replace(TREX, cards=(0, 1)),
        replace(TEAMREDMINER, cards=(2, 3)),
        replace(XMRIG, cards=(4,)),
    ),
    machines=(ANTMINER, HYDRO, BITAXE, AVALON, PROXY),
)

PROFILES = {profile.name: profile for profile in (NVIDIA, AMD, CPU, ASIC, FARM)}


def smaller(profile: Profile, *, cards_each: int = 1, machines: int = 1) -> Profile:
    """The same with so many cards for each program and so many machines: a tick takes a fraction of the time."""
    cards: list[CardModel] = []
    programs: list[ProgramPlan] = []
    for program in profile.programs:
        kept = program.cards[:cards_each]
        programs.append(replace(program, cards=tuple(range(len(cards), len(cards) + len(kept)))))
        cards += [profile.cards[number] for number in kept]
    return replace(profile, cards=tuple(cards), programs=tuple(programs), machines=profile.machines[:machines])
