"""The parts of the Discord adapter."""
