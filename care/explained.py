"""What is not done, and why, in words for people."""


class Explained(Exception):
    """A refusal. `status` is an HTTP status, `code` a stable name, `message` for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
