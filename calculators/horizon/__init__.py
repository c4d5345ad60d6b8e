"""Months and years: cash flows, paths, choice, forecasts, backtests."""
