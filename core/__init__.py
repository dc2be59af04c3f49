"""The service: from a message to an answered, remembered, judged turn."""
