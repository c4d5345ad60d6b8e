"""What the agent knows: frozen values whose names carry their units.

``None`` is "the source did not say"; ``0`` is "the source said zero". A source that fails gives no values at all:
its ``Outcome`` holds the error in the reading's place.
"""
