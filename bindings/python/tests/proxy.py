"""A server that lies or falls silent: what stands between a client and the real one."""

import base64
import hashlib
import http.client
import json
import threading
from collections.abc import Callable
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

#: Takes the path and the body of an answer, and gives the body that the client gets.
Lie = Callable[[str, bytes], bytes]
#: Bytes that are sent before a silence begins.
NOTHING = b""
HELLO = b'{"type":"hello","cursor":"1","resumed":false}'
HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\ncontent-type: application/json\r\n\r\n"
OPENED = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: "
SOME = HEAD + b'{"messages": ['


def handshake(key: str, protocol: str | None) -> bytes:
    """The rest of `OPENED`; to a client that signs in by its first frame it says that it has."""
    accepted = base64.b64encode(hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    if protocol is None:
        return accepted + b"\r\n\r\n"
    return accepted + f"\r\nsec-websocket-protocol: {protocol}\r\n\r\n".encode() + bytes((0x81, len(HELLO))) + HELLO


class Proxy:
    """Passes everything on, and what `lie` makes of the answers to reading back."""

    def __init__(self, url: str):
        self.lie: Lie = lambda _path, body: body
        #: A part of the paths that are not answered, and what is said before.
        self.silence: tuple[str, bytes] | None = None
        #: A part of the paths that are refused, the status, and the code.
        self.refusal: tuple[str, int, str] | None = None
        #: Set when somebody waits for what does not come.
        self.waited_for = threading.Event()
        self._stopped = threading.Event()
        target = urlsplit(url)
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do(self):
                if proxy.silence is not None and proxy.silence[0] in self.path:
                    self.fall_silent(proxy.silence[1])
                    return
                length = int(self.headers.get("content-length", 0))
                if proxy.refusal is not None and proxy.refusal[0] in self.path:
                    self.rfile.read(length)
                    _, status, code = proxy.refusal
                    self.answer(status, "application/json", json.dumps({"error": "no", "code": code}).encode())
                    return
                headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                with closing(http.client.HTTPConnection(target.hostname, target.port)) as upstream:
                    upstream.request(self.command, self.path, self.rfile.read(length), headers)
                    answer = upstream.getresponse()
                    body = answer.read()
                if self.command == "GET" and answer.status == http.HTTPStatus.OK:
                    body = proxy.lie(self.path, body)
                self.answer(answer.status, answer.headers.get("content-type", "application/json"), body)

            def answer(self, status, kind, body):
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.send_header("content-type", kind)
                self.end_headers()
                self.wfile.write(body)

            def fall_silent(self, said):
                if said == OPENED:
                    said += handshake(self.headers["sec-websocket-key"], self.headers["sec-websocket-protocol"])
                self.wfile.write(said)
                proxy.waited_for.set()
                proxy._stopped.wait()
                self.close_connection = True

            do_GET = do_POST = do_PUT = do_DELETE = do  # noqa: N815 - the library's names

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True)
        self._thread.start()

    def stop(self):
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def lie_about(self, part: str, change: Callable[[Any], Any]):
        """Changes the JSON of answers whose path has `part` in it."""

        def lie(path, body):
            return json.dumps(change(json.loads(body))).encode() if part in path else body

        self.lie = lie
