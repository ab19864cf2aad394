"""Reading what Slack sends of a form, whatever shape it turns out to have."""

from typing import Any


def dict_of(value: Any) -> dict[str, Any]:
    """The value, if it is an object; else an empty one."""
    return value if isinstance(value, dict) else {}


def field_of(view: dict[str, Any], block: str) -> str:
    """What was filled into a form's field; empty where nothing was."""
    values = dict_of(dict_of(view.get("state")).get("values"))
    for element in dict_of(values.get(block)).values():
        found = dict_of(element)
        chosen = dict_of(found.get("selected_option")).get("value")
        return str(found.get("value") or chosen or "")
    return ""
