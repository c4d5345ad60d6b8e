"""What each command is for, in the words in which ``--help`` and a shell's completion list them.

They stand here so that a list of commands loads none of them.
"""

from collections.abc import Mapping

PROGRAM = "miner-agent"
PURPOSE = "Reads a mining rig, exports what it read, and keeps its log."
EXAMPLE = f"{PROGRAM} once"
PURPOSES: Mapping[str, str] = {
    "alerts": "What is wrong now, and what is not to be told for a while.",
    "backtest": "What rules of choice would have brought over a history.",
    "buy": "Book coins that were bought.",
    "cloud": "Does hashrate of other people's machines pay?",
    "coins": "The coins that are known, how they pay, where that is from.",
    "completion": "Print what makes a shell complete our commands.",
    "config": "Check the configuration, or show what is in force.",
    "dashboards": "The dashboards as files for Grafana.",
    "demo": "The whole agent on a simulated rig with faults every minute.",
    "devices": "The cards and boards that are missed when they are gone.",
    "dispose": "Book coins that were sold, spent, given away or lost.",
    "doctor": "What is well, what is missing, and how to mend it.",
    "drivers": "What can be read, and how to switch its API on.",
    "energy": "Electricity in the books: posted by day, bills, reports.",
    "expense": "Book what mining costs beside energy and hardware.",
    "fleet": "What a Prometheus says of many rigs together.",
    "hardware": "The devices that are known, what they do and draw.",
    "hardware-asset": "Book devices, and what becomes of them.",
    "history": "Bring days of coins together, for stress and backtest.",
    "hours": "When to stand still, and what that is worth.",
    "init": "Find what is here, and write the first configuration.",
    "ledger": "The books: book, list, correct, verify, back up.",
    "log": "Ask the log: hashrate, power, energy, temperature, markets.",
    "lots": "The coins that are held, and which of them a sale takes.",
    "mine-or-buy": "Does the hardware pay, or would the coin itself?",
    "once": "Ask every source of this machine once, and print it.",
    "outlook": "Between what one coin may bring, and how such forecasts held.",
    "payouts": "Book what pools paid, each payout once.",
    "prices": "Keep prices, and price what was booked without one.",
    "profit": "Rank what this rig can mine by what it leaves in a day.",
    "record": "Keep what a miner answers, with what identifies you masked.",
    "replay": "The whole agent on recorded answers.",
    "rules": "The rules of alerts as files for Prometheus.",
    "run": "Read this rig and serve its metrics until stopped.",
    "scan": "Look for ASICs on a private network.",
    "split": "How to split a rig over coins so that it strays least.",
    "status": "Are the rigs well? Asks the running agent.",
    "stress": "What would break each coin, how far its profit may stray.",
    "tariff": "What a kilowatt-hour costs at which time.",
    "tax": "What a tax year of the books adds up to, and its lists.",
    "top": "The running agent's rig, live, the worst first.",
    "transfer": "Book coins that went between own wallets.",
    "what-if": "What one coin earns when inputs are others.",
}

EVERYDAY: Mapping[str, str] = {
    "check": "doctor",
    "configure": "init",
    "cost": "log",
    "daemon": "run",
    "earnings": "profit",
    "electricity": "energy",
    "export": "tax",
    "gpus": "hardware",
    "miners": "drivers",
    "monitor": "top",
    "payout": "payouts",
    "profitability": "profit",
    "sell": "dispose",
    "serve": "run",
    "setup": "init",
    "show": "once",
    "start": "run",
    "stats": "log",
    "taxes": "tax",
    "test": "doctor",
    "watch": "top",
}
"""Words that people try first, and the command that does it."""
