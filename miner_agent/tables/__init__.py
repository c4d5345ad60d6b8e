"""The tables that come with the agent: coins, hardware, a market of one day."""
