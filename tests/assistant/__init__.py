"""Tests of the assistant's run-time parts; they run in the assistant's environment."""
