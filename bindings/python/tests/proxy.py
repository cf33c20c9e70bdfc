"""A server that lies: what stands between a client and the real one."""

import http.client
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

#: Takes the path and the body of an answer, and gives the body that the client gets.
Lie = Callable[[str, bytes], bytes]


class Proxy:
    """Passes everything on, and what `lie` makes of the answers to reading back."""

    def __init__(self, url: str):
        self.lie: Lie = lambda _path, body: body
        target = urlsplit(url)
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do(self):
                length = int(self.headers.get("content-length", 0))
                upstream = http.client.HTTPConnection(target.hostname, target.port)
                headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                upstream.request(self.command, self.path, self.rfile.read(length), headers)
                answer = upstream.getresponse()
                body = answer.read()
                if self.command == "GET" and answer.status == http.HTTPStatus.OK:
                    body = proxy.lie(self.path, body)
                self.send_response(answer.status)
                self.send_header("content-length", str(len(body)))
                self.send_header("content-type", answer.headers.get("content-type", "application/json"))
                self.end_headers()
                self.wfile.write(body)
                upstream.close()

            do_GET = do_POST = do_PUT = do_DELETE = do  # noqa: N815 - the library's names

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def lie_about(self, part: str, change: Callable[[Any], Any]):
        """Changes the JSON of answers whose path has `part` in it."""

        def lie(path, body):
            return json.dumps(change(json.loads(body))).encode() if part in path else body

        self.lie = lie
