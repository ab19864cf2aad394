"""`make env`: write the secrets that docker-compose.yml needs into `.env`, keeping what is there."""

import os
import secrets
from pathlib import Path

FILE = Path(__file__).resolve().parents[1] / ".env"
NAMES = (
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "CARELINE_ASSISTANT_TOKEN",
    "CARELINE_INNER_TOKEN",
)


def main() -> None:
    """Add a random value for each secret that is missing; the file is readable by its owner only."""
    present = FILE.read_text() if FILE.exists() else ""
    known = {line.partition("=")[0].strip() for line in present.splitlines()}
    missing = [name for name in NAMES if name not in known]
    with os.fdopen(os.open(FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
        if present and not present.endswith("\n"):
            file.write("\n")
        for name in missing:
            file.write(f"{name}={secrets.token_urlsafe(32)}\n")
    FILE.chmod(0o600)
    print(f"{FILE}: {len(missing)} secrets written, {len(NAMES) - len(missing)} kept")


if __name__ == "__main__":
    main()
