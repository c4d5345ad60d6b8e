"""Steps of the books. None ever touches an entry."""
