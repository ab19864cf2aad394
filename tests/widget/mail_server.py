"""A mail server on loopback that keeps what it is given: enough SMTP for Python's smtplib."""

import email
import socketserver
import threading
from email.message import Message
from email.policy import default


class MailServer:
    """Listens on a free port; `mails` are (recipient, message).

    While `awake` is not set, nobody is greeted.
    """

    def __init__(self) -> None:
        self.awake = threading.Event()
        self.awake.set()
        self.mails: list[tuple[str, Message]] = []
        keeper = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                keeper.awake.wait(60)
                self.wfile.write(b"220 mail.test\r\n")
                to, reading = "", False
                lines: list[bytes] = []
                for raw in self.rfile:
                    line = raw.rstrip(b"\r\n")
                    if reading:
                        if line == b".":
                            body = b"\r\n".join(lines)
                            kept = email.message_from_bytes(body, policy=default)
                            keeper.mails.append((to, kept))
                            reading, lines = False, []
                            self.wfile.write(b"250 kept\r\n")
                        else:
                            lines.append(line.removeprefix(b"."))
                        continue
                    command = line.upper()
                    if command.startswith(b"RCPT TO:"):
                        to = line[8:].strip().strip(b"<>").decode()
                    reading = command == b"DATA"
                    answers = {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}
                    self.wfile.write(answers.get(command, b"250 ok\r\n"))
                    if command == b"QUIT":
                        return

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Address for CARELINE_SMTP_URL."""
        return f"smtp://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> "MailServer":
        """Listen."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
