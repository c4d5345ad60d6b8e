"""The peer: an exporter as most are written, in one file. requests, labelled gauges, NVML in the loop.

``python bench/typical.py PORT INTERVAL_SECONDS URL ...``: reads the cards, this machine and the miners at the URLs.
"""

import sys
import time

import psutil
import pynvml
import requests
from prometheus_client import Gauge, start_http_server

CARD_GAUGES = {
    name: Gauge(f"typical_{name}", name, ["gpu", "uuid"])
    for name in (
        "temperature", "power", "limit", "utilization", "memory_utilization", "memory_used", "memory_total",
        "core_clock", "memory_clock", "fan", "fan2", "energy", "width", "generation", "pstate", "throttle",
    )
}  # fmt: skip
HOST_GAUGES = {name: Gauge(f"typical_host_{name}", name) for name in ("cpu", "load", "memory", "disk")}
MINER_GAUGES = {name: Gauge(f"typical_miner_{name}", name, ["url"]) for name in ("hashrate", "accepted", "rejected")}


def read_card(index: int, handle: object) -> None:
    uuid = pynvml.nvmlDeviceGetUUID(handle)
    memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
    utilization = pynvml.nvmlDeviceGetUtilizationRates(handle)
    values = {
        "temperature": pynvml.nvmlDeviceGetTemperature(handle, 0),
        "power": pynvml.nvmlDeviceGetPowerUsage(handle),
        "limit": pynvml.nvmlDeviceGetEnforcedPowerLimit(handle),
        "utilization": utilization.gpu,
        "memory_utilization": utilization.memory,
        "memory_used": memory.used,
        "memory_total": memory.total,
        "core_clock": pynvml.nvmlDeviceGetClockInfo(handle, 0),
        "memory_clock": pynvml.nvmlDeviceGetClockInfo(handle, 2),
        "fan": pynvml.nvmlDeviceGetFanSpeed_v2(handle, 0),
        "fan2": pynvml.nvmlDeviceGetFanSpeed_v2(handle, 1),
        "energy": pynvml.nvmlDeviceGetTotalEnergyConsumption(handle),
        "width": pynvml.nvmlDeviceGetCurrPcieLinkWidth(handle),
        "generation": pynvml.nvmlDeviceGetCurrPcieLinkGeneration(handle),
        "pstate": pynvml.nvmlDeviceGetPerformanceState(handle),
        "throttle": pynvml.nvmlDeviceGetCurrentClocksEventReasons(handle),
    }
    for name, value in values.items():
        CARD_GAUGES[name].labels(gpu=str(index), uuid=uuid).set(value)


def read_miner(session: requests.Session, url: str) -> None:
    answer = session.get(url, timeout=4).json()
    hashrate = answer["hashrate"]
    MINER_GAUGES["hashrate"].labels(url=url).set(hashrate["total"][0] if isinstance(hashrate, dict) else hashrate)
    results = answer.get("results", {})
    MINER_GAUGES["accepted"].labels(url=url).set(results.get("shares_good", answer.get("accepted_count", 0)))
    MINER_GAUGES["rejected"].labels(url=url).set(results.get("shares_total", answer.get("rejected_count", 0)))


def main(port: int, interval_seconds: float, urls: list[str]) -> None:
    pynvml.nvmlInit()
    handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
    session = requests.Session()
    start_http_server(port, "127.0.0.1")
    due = time.monotonic()
    while True:
        for index, handle in enumerate(handles):
            read_card(index, handle)
        HOST_GAUGES["cpu"].set(psutil.cpu_percent())
        HOST_GAUGES["load"].set(psutil.getloadavg()[0])
        HOST_GAUGES["memory"].set(psutil.virtual_memory().available)
        HOST_GAUGES["disk"].set(psutil.disk_usage("/").free)
        for url in urls:
            read_miner(session, url)
        due += interval_seconds  # on the beat, so that a second has one tick
        time.sleep(max(due - time.monotonic(), 0))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:])
