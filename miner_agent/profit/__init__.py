"""Puts the parts of a profit together: tables, market, rig, power and tariff in, a ranking with every sum out.

Nothing here asks anybody or reads a clock: ``miner_agent.market.markets`` and the commands bring what is needed.
"""
