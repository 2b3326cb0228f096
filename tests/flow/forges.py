"""GitHub's and GitLab's issues and a receiver of webhooks, as faithful as what is asked of them needs: pages, states, notes, limits, refusals; and how each can misbehave.

A Forge holds `issues` (dicts of what the API shows) and `log` (method, path, token). `trouble` is called before each request, with (method, path): it may return an answer
(status, headers, body) in place of the true one, or "after", which does the true thing and then cuts the connection."""

import http.server
import json
import re
import socket
import ssl
import threading
import urllib.parse

TOKEN = "tok-3141592653589793"


class Forge:
    page = 100  # the most that one page has

    def __init__(self, certificate=None):
        self.issues, self.notes, self.log, self.bodies, self.trouble = [], [], [], [], None
        self.settings = {}
        self.links = True
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16  # head and body in one piece, else each answer waits for an acknowledgement

            def log_message(self, *_):
                pass

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.log.append((self.command, self.path, self.headers.get("Authorization")))
                outer.bodies.append((dict(self.headers), body))
                trouble = outer.trouble(self.command, self.path) if outer.trouble else None
                if isinstance(trouble, tuple):
                    return self.reply(*trouble)
                token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
                status, headers, answer = outer.handle(self.command, self.path, json.loads(body) if body else None, token)
                if trouble == "after":
                    self.close_connection = True
                    return self.connection.shutdown(socket.SHUT_RDWR)
                return self.reply(status, headers, json.dumps(answer).encode())

            def reply(self, status, headers, body):
                self.send_response(status)
                length = headers.pop("Content-Length", None) or str(len(body))
                for key, value in {"Content-Type": "application/json", "Content-Length": length, **headers}.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(body)
                if int(length) != len(body):
                    self.close_connection = True

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer

            def handle(self):
                try:
                    super().handle()
                except (OSError, ValueError):
                    pass  # the client went away, or the connection was cut on purpose

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    root = ""

    def changes(self):
        return [(m, p) for m, p, _ in self.log if m != "GET"]

    def handle(self, method, path, body, token):
        raise NotImplementedError

    def pages(self, split, query, shown):
        """The issues of a page with what leads to the next."""
        size, number = min(int(query.get("per_page", 30)), self.page), int(query.get("page", 1))
        part = shown[(number - 1) * size:number * size]
        more = number * size < len(shown)
        following = f"{self.url}{self.root}{split.path}?{urllib.parse.urlencode({**query, 'page': number + 1})}"
        return part, {"Link": f'<{self.url}{self.root}{split.path}?page=1>; rel="first", <{following}>; rel="next"'} if more and self.links else {}, number + 1 if more else ""


class GitHub(Forge):
    """The repository o/r; settings go into its answer. Bodies come back with CR LF where a browser sent them."""

    def where(self):
        return f"github+{self.url}/o/r"

    def handle(self, method, path, body, token):
        split = urllib.parse.urlsplit(path)
        query = dict(urllib.parse.parse_qsl(split.query))
        if token and token != TOKEN:
            return 401, {}, {"message": "Bad credentials"}
        if not token and method != "GET":
            return 401, {}, {"message": "Requires authentication"}
        if split.path == "/api/v3/repos/o/r":
            return 200, {}, {"full_name": "o/r", "has_issues": True, "archived": False, **self.settings}
        if split.path == "/api/v3/repos/old/name":
            return 301, {"Location": f"{self.url}/api/v3/repositories/7"}, {"message": "Moved Permanently"}
        if split.path == "/api/v3/repositories/7":
            return 200, {}, {"full_name": "o/r", "has_issues": True}
        m = re.fullmatch(r"/api/v3/repos/o/r/issues(?:/(\d+)(/comments)?)?", split.path)
        if not m:
            return 404, {}, {"message": "Not Found"}
        if not m[1] and method == "GET":
            assert query["state"] == "all" and query["sort"] == "created" and query["direction"] == "asc", query
            part, headers, _ = self.pages(split, query, self.issues)
            return 200, headers, part
        if not m[1] and method == "POST":
            return 201, {}, self.add(body["title"], body["body"])
        found = next((i for i in self.issues if i["number"] == int(m[1])), None)
        if not found:
            return 404, {}, {"message": "Not Found"}
        if m[2] and method == "POST":
            self.notes.append((found["number"], body["body"]))
            return 201, {}, {}
        if method == "PATCH":
            assert set(body) <= {"body", "state"} and body.get("state", "open") in ("open", "closed"), body
            found.update(body)
        return 200, {}, found

    def add(self, title, body, state="open", **more):
        number = len(self.issues) + 1
        self.issues.append({"number": number, "title": title, "body": body, "state": state, "html_url": f"{self.url}/o/r/issues/{number}", **more})
        return self.issues[-1]

    def text(self, issue):
        return issue["body"]

    def write(self, issue, text):
        issue["body"] = text

    def close(self, issue):
        issue["state"] = "closed"

    def is_open(self, issue):
        return issue["state"] == "open"


class GitLab(Forge):
    """The project group/sub/p, number 42. Its list has X-Next-Page and, as on gitlab.com, the Link header."""

    root = ""

    def where(self):
        return f"gitlab+{self.url}{self.root}{'/' if self.root else ''}/group/sub/p/-/issues"

    def handle(self, method, path, body, token):
        if not path.startswith(self.root + "/api/"):
            return 404, {}, {"message": "the server is below another path"}
        split = urllib.parse.urlsplit(path)
        split, query = split._replace(path=split.path.removeprefix(self.root)), dict(urllib.parse.parse_qsl(split.query))
        if token and token != TOKEN:
            return 401, {}, {"message": "401 Unauthorized"}
        if not token and method != "GET":
            return 401, {}, {"message": "401 Unauthorized"}
        if split.path == "/api/v4/projects/group%2Fsub%2Fp":
            return 200, {}, {"id": 42, "issues_access_level": "enabled", "archived": False, **self.settings}
        m = re.fullmatch(r"/api/v4/projects/42/issues(?:/(\d+)(/notes)?)?", split.path)
        if not m:
            return 404, {}, {"message": "404 Project Not Found"}
        if not m[1] and method == "GET":
            assert query["scope"] == "all" and query["order_by"] == "created_at" and query["sort"] == "asc", query
            part, headers, following = self.pages(split, query, self.issues)
            return 200, {**({"X-Next-Page": str(following)} if not self.links else headers)}, part
        if not m[1] and method == "POST":
            return 201, {}, self.add(body["title"], body["description"])
        found = next((i for i in self.issues if i["iid"] == int(m[1])), None)
        if not found:
            return 404, {}, {"message": "404 Not found"}
        if m[2] and method == "POST":
            self.notes.append((found["iid"], body["body"]))
            return 201, {}, {}
        if method == "PUT":
            assert set(body) <= {"description", "state_event"}, body
            found["description"] = body["description"]
            found["state"] = {"close": "closed", "reopen": "opened", None: found["state"]}[body.get("state_event")]
        return 200, {}, found

    def add(self, title, body, state="opened", **more):
        number = len(self.issues) + 1
        self.issues.append({"id": 1000 + number, "iid": number, "title": title, "description": body, "state": state, "web_url": f"{self.url}{self.root}/group/sub/p/-/issues/{number}", **more})
        return self.issues[-1]

    def text(self, issue):
        return issue["description"]

    def write(self, issue, text):
        issue["description"] = text

    def close(self, issue):
        issue["state"] = "closed"

    def is_open(self, issue):
        return issue["state"] == "opened"


class GitLabBelow(GitLab):
    """The same with a relative URL root."""

    root = "/tools/gitlab"


class Hook(Forge):
    def where(self):
        return f"{self.url}/x/secret-path?key=1"

    def handle(self, method, path, body, token):
        assert (method, path) == ("POST", "/x/secret-path?key=1"), (method, path)
        self.notes.append(body)
        return 200, {}, {}
