"""Every dashboard, a file each."""

from tools.panels.agent_board import AGENT
from tools.panels.alerts_board import ALERTS
from tools.panels.asic_board import ASICS
from tools.panels.device_board import DEVICE
from tools.panels.energy_board import ENERGY
from tools.panels.fleet_board import FLEET
from tools.panels.miners_board import MINING
from tools.panels.panel import Board
from tools.panels.profit_board import PROFIT
from tools.panels.rig_board import ONE

BOARDS: tuple[Board, ...] = (FLEET, ONE, DEVICE, ASICS, MINING, PROFIT, ENERGY, ALERTS, AGENT)
