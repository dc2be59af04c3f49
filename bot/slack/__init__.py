"""What the Slack adapter is made of; `bot/slack_adapter.py` tells the story."""
