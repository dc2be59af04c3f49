"""What the app is allowed to do in a workspace, and why; the manifest and the docs say the same."""

SCOPES = {
    "app_mentions:read": "to be asked by a mention in a channel",
    "channels:history": "to read what follows in the threads of public channels where it has answered",
    "channels:read": "to tell public from private channels: what is said in private is never an example elsewhere",
    "chat:write": "to answer, and to show that it is at work",
    "commands": "for `/ask` and `/reset`",
    "files:read": "to give files that come with a question to the program",
    "files:write": "to attach long outputs and the files that a program makes",
    "groups:history": "to read what follows in its threads in private channels that it was invited to",
    "groups:read": "to tell public from private channels",
    "im:history": "to answer direct messages",
    "im:read": "to find the direct messages that came while it was away",
    "reactions:read": "to count ✅ and ❌ as votes",
    "reactions:write": "to put ✅ and ❌ under its answers, and 👀 on a question that it works on",
    "users:read": "to know the admins of the workspace, who may delete any answer",
}
EVENTS = {
    "app_home_opened": "to show how to ask",
    "app_mention": "a question in a channel",
    "message.channels": "a reply in one of its threads in a public channel; all else is dropped unread",
    "message.groups": "the same in a private channel",
    "message.im": "a direct message",
    "reaction_added": "a vote",
    "reaction_removed": "a vote withdrawn",
}
