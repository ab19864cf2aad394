"""A line between browser and care server that can be cut and mended, as networks are."""

import contextlib
import socket
import threading


class Line:
    """Forwards TCP connections to `port`. `cut` drops all and refuses new ones until `mend`."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.whole = True
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def url(self) -> str:
        """The care server's address through this line."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def start(self) -> "Line":
        """Listen."""
        self._thread.start()
        return self

    def cut(self) -> None:
        """Drop every connection; new ones end at once."""
        self.whole = False
        with self._lock:
            for one in self._pairs:
                _end(one)
            self._pairs.clear()

    def mend(self) -> None:
        """Forward again."""
        self.whole = True

    def stop(self) -> None:
        """Cut for good."""
        self.cut()
        _end(self._listener)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if not self.whole:
                _end(near)
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                _end(near)
                continue
            with self._lock:
                self._pairs |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with self._lock:
            self._pairs -= {source, sink}
        _end(source)
        _end(sink)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
