"""Agents who live in Slack: cards and threads of the support channel, the form, the command.

The desk's rules hold here too: everything that changes an owner goes through `care.handoff`.
"""
