"""The parts of the terminal chat: what it shows, and where its lines come from."""
