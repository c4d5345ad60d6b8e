"""What the books hold: a struct for every kind of entry, and the book that follows from them."""
