"""The books: what is entered, what is known already, and what follows from all entries together."""
