"""Pure sums of bookkeeping: lots, tax years, what a year's books add up to."""
