"""The rolling log of what was measured."""
