"""Adapters: the events of a chat platform in, the values of `core` out."""
