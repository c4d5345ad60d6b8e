"""How word of alerts gets to people: channels, what is written, and who sends it until it is taken."""
