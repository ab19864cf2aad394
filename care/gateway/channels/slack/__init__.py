"""Slack: events in (Socket Mode, or signed webhooks), messages out, and agents who live in Slack.

One file a step: verifying, reading, acting, sending, telling faults apart. `agents/` is the room of
the support channel. Nothing here decides who owns a conversation.
"""
