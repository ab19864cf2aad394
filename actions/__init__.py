"""The action server: thin actions that read slots, ask the care server and return events.

One file a domain. Everything here is imported by rasa-sdk at start, so nothing is opened at import,
and nothing but actions and their helpers lives here. Sentences for customers are in domain.yml and
data/; changes of the record are `effects` in the answer, carried out by the care server.
"""
