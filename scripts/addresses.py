"""Prints where the product is reached, at the start of `make run`."""

from care.settings import load_settings

settings = load_settings()
print(
    f"""
  The shop with the widget   {settings.base_url}/
  The chat on a full page    {settings.base_url}/chat
  The desk for agents        {settings.base_url}/desk

Ready when the line 'assistant: ready' appears. Stop with Ctrl+C.
"""
)
