"""What the record says about the service: measures, reports, themes, the weekly agenda.

Reads the record and keeps aggregates of its own; never changes a conversation.
"""
