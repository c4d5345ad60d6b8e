"""The process that touches what can hang, and the one who asks it."""
