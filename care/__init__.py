"""The care server: customers, channels, agents and the record.

Knows Rasa only through `care.gateway.assistant`. What runs inside Rasa lives in `assistant/`,
what the assistant calls lives in `actions/`.
"""
