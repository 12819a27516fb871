"""A client below HTTP libraries: it may stop reading, or vanish with a reset."""

import socket
import struct
from urllib.parse import urlsplit

SMALL_BUFFER = 4096


class RawReader:
    """Opens a stream over a bare socket and reads only when told to."""

    def __init__(self, url: str, job_id: str, cookies: str) -> None:
        parts = urlsplit(url)
        self._socket = socket.socket()
        # Set before connecting, so that the server cannot send far ahead.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        self._socket.settimeout(20)
        self._socket.connect((parts.hostname, parts.port))
        request = (
            f"GET /api/chat/stream?jobId={job_id} HTTP/1.1\r\n"
            f"Host: {parts.netloc}\r\nCookie: {cookies}\r\nConnection: close\r\n\r\n"
        )
        self._socket.sendall(request.encode())

    def read_to_the_end(self) -> bytes:
        """Everything that the server has for us."""
        received = bytearray()
        while part := self._socket.recv(65536):
            received += part
        return bytes(received)

    def vanish(self) -> None:
        """Close with a reset: what the server sends next finds nobody."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def close(self) -> None:
        """Hang up politely."""
        self._socket.close()
