"""HTTP/1.1 with keep-alive around the routes, on one port."""

import socket
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from sandbox.upstreams.messages import Request, Response
from sandbox.upstreams.routes import answer
from sandbox.upstreams.world import World

LARGEST_BODY = 16 * 1024 * 1024


class SandboxServer(ThreadingHTTPServer):
    """Serves one world; closing it ends every connection and waits for their threads."""

    daemon_threads = False  # joined on closing, so that no socket outlives the server
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], world: World, *, verbose: bool = False) -> None:
        self.world = world
        self.verbose = verbose
        self.closing = threading.Event()
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, _Handler)

    @property
    def url(self) -> str:
        """Where it listens, such as `http://127.0.0.1:8480`."""
        host, port = self.server_address[:2]
        return f"http://{host if isinstance(host, str) else host.decode()}:{port}"

    def server_bind(self) -> None:
        """Bind without asking a name server for this machine's name."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def track(self, connection: socket.socket, *, opened: bool) -> None:
        """Remember the connections that are open."""
        with self._guard:
            (self._connections.add if opened else self._connections.discard)(connection)

    def server_close(self) -> None:
        """Stop listening, close every connection, and wait until every thread has ended."""
        self.closing.set()
        with self._guard:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # it hung up by itself
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that hang up; anything else is a bug of the sandbox and is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: SandboxServer

    def setup(self) -> None:
        super().setup()
        self.server.track(self.connection, opened=True)
        if self.server.closing.is_set():
            self.connection.shutdown(socket.SHUT_RDWR)

    def finish(self) -> None:
        self.server.track(self.connection, opened=False)
        super().finish()

    def serve(self) -> None:
        path, _, query = self.path.partition("?")
        body = self.read_body()
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, path, query, headers, body, str(self.client_address[0]))
        self.reply(answer(self.server.world, request))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve  # noqa: N815 - the base class looks for these names

    def read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self.read_chunks()
        length = self.headers.get("Content-Length", "0")
        if length.isdigit() and int(length) <= LARGEST_BODY:
            return self.rfile.read(int(length))
        self.close_connection = True  # its end cannot be found: answer as to a body, and hang up
        return b"?"

    def read_chunks(self) -> bytes:
        body = b""
        while (size := int(self.rfile.readline(20).split(b";")[0] or b"0", 16)) and len(body) <= LARGEST_BODY:
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return body

    def reply(self, response: Response) -> None:
        if response.hold and self.server.closing.wait(response.hold):
            self.close_connection = True
            return
        if response.fate == "withheld":
            self.close_connection = True
            return
        phrase = HTTPStatus(response.status).phrase
        lines = [f"HTTP/1.1 {response.status} {phrase}", f"Date: {self.date_time_string()}", "Server: sandbox"]
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        lines += [f"Content-Length: {len(response.body)}", *(["Connection: close"] if self.close_connection else [])]
        body = response.body
        if response.fate == "cut":
            self.close_connection = True
            body = body[: len(body) // 2]
        self.wfile.write("\r\n".join((*lines, "", "")).encode() + body)
        if self.server.verbose:
            print(f"{self.command} {self.path} {response.status} {response.fate}", file=sys.stderr, flush=True)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
        """Keep quiet: `verbose` prints a line of its own."""
