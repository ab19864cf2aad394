"""What Slack's refusals mean for a message on its way."""

from slack_sdk.errors import SlackApiError

from care.gateway.outbox import Later, Rejected, Unreachable

TOKEN_PAUSE = 120.0
"""Seconds between two tries while Slack refuses our token."""
GONE = {
    "channel_not_found",
    "is_archived",
    "user_not_found",
    "users_not_found",
    "user_disabled",
    "user_not_visible",
    "cannot_dm_bot",
    "not_in_channel",
    "messages_tab_disabled",
    "restricted_action",
    "restricted_action_thread_locked",
}
TOKEN = {
    "account_inactive",
    "token_revoked",
    "token_expired",
    "invalid_auth",
    "not_authed",
    "missing_scope",
    "not_allowed_token_type",
    "org_login_required",
    "access_denied",
}
PASSING = {
    "ratelimited",
    "rate_limited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
    "ekm_access_denied",
}


def reason_of(error: SlackApiError) -> str:
    """Slack's own short name of what is wrong."""
    data = getattr(error.response, "data", error.response)
    if isinstance(data, dict) and data.get("error"):
        return str(data["error"])[:80]
    return f"status {status_of(error)}"


def status_of(error: SlackApiError) -> int:
    """The HTTP status that came with it."""
    found = getattr(error.response, "status_code", None)
    if found is None and isinstance(error.response, dict):
        found = error.response.get("status_code")
    return int(found or 0)


def token_refused(error: SlackApiError) -> bool:
    """Whether Slack refuses us, not the message."""
    return reason_of(error) in TOKEN


def outcome_of(error: SlackApiError) -> Exception:
    """The fault as the outbox knows it: Later, Rejected or Unreachable."""
    reason, status = reason_of(error), status_of(error)
    if status == 429 or reason in ("ratelimited", "rate_limited"):
        return Later("Slack asks us to slow down", _retry_after(error))
    if reason in TOKEN:
        return Later(f"Slack refuses the app's token ({reason})", TOKEN_PAUSE)
    if reason in GONE:
        return Unreachable(reason)
    if reason in PASSING or status >= 500:
        return Later(reason)
    return Rejected(reason)


def _retry_after(error: SlackApiError) -> float:
    headers = getattr(error.response, "headers", None) or {}
    for name, value in headers.items():
        if str(name).lower() == "retry-after":
            try:
                return float(value[0] if isinstance(value, list) else value)
            except ValueError:
                return 30.0
    return 30.0
