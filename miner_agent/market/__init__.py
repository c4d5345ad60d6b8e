"""What sources say of markets, rates of exchange and tariffs."""
