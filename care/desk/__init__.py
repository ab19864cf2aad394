"""The agents' side: JSON API, WebSocket, sign-in, roles, audit. The browser app is in `desk/`."""
