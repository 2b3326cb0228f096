"""Fluent Forward by hand: as much MessagePack as the tests need, and a connection that reads acknowledgements."""

import socket
import struct

from fleet import SLOW


def pack(value):
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int):
        return b"\xd3" + struct.pack(">q", value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        value = value.encode()
        return b"\xdb" + struct.pack(">I", len(value)) + value
    if isinstance(value, bytes):
        return b"\xc6" + struct.pack(">I", len(value)) + value
    if isinstance(value, (list, tuple)):
        return b"\xdd" + struct.pack(">I", len(value)) + b"".join(map(pack, value))
    assert isinstance(value, dict), value
    return b"\xdf" + struct.pack(">I", len(value)) + b"".join(pack(k) + pack(v) for k, v in value.items())


class Forward:
    """A connection to the store's Fluent Forward."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30 * SLOW)

    def send(self, *parts):
        self.socket.sendall(pack(list(parts)))

    def answers(self, wanted):
        """Reads so many bytes; fewer when the connection ends."""
        got = b""
        while len(got) < wanted:
            try:
                more = self.socket.recv(wanted - len(got))
            except ConnectionResetError:
                break
            if not more:
                break
            got += more
        return got

    def acknowledged(self, chunk):
        """Whether the next answer is {"ack": chunk}."""
        expected = b"\x81\xa3ack" + bytes([0xA0 + len(chunk)]) + chunk.encode()
        assert len(chunk) < 32
        return self.answers(len(expected)) == expected

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
