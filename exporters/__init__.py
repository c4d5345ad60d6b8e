"""Rendering only: what the agent read, in the forms that other programs load."""
