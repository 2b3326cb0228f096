"""The servers that the store's benchmark measures: how each starts, takes the data and is asked. A question returns what it found, so that run.py
can hold it against the truth; Missing says that a server cannot be asked that."""
import datetime
import json
import os
import pathlib
import re
import shutil
import tempfile

from measure import Http, Missing, Process, Wrong, cpu, free_port, on_disk, settle


def time_ns(text):
    """Nanoseconds since 1970 of an RFC 3339 time in UTC."""
    m = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|\+00:00)", text)
    if not m:
        raise Wrong(f"no time: {text!r}")
    seconds = int(datetime.datetime.fromisoformat(m.group(1) + "+00:00").timestamp())
    return seconds * 10**9 + int((m.group(2) or "0").ljust(9, "0"))


class Server:
    """name; logs and spans: what it can take. A fresh folder each."""
    logs = spans = False
    batch = 1 << 20
    connections = 4
    most_spans = None  # a slow server gets no more
    range = (0, 0)  # ns: from before the first row to behind the last; set when the data are known

    def __init__(self, scratch, core):
        self.folder = tempfile.mkdtemp(prefix=self.name + "-", dir=scratch)
        self.data = self.folder
        self.port = free_port()
        self.http = Http(self.port)
        self.start(core)

    def launch(self, command, core, port=None, **more):
        self.process = Process([str(c) for c in command], core, os.path.join(self.folder, "out.log"), **more)
        self.pid = self.process.pid
        self.process.wait_for(port or self.port)

    def used(self):
        """CPU time of the server so far."""
        return cpu(self.pid)

    def settle(self):
        settle(self.pid, self.data)

    def size(self):
        return on_disk(self.data)

    def stop(self, keep=False):
        self.process.stop()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)


class Pleach(Server):
    name, title, logs, spans, durable = "pleach", "Pleach", True, True, "yes"
    binary = None
    memory = None

    def start(self, core):
        self.data, self.core, self.ended = f"{self.folder}/.pleach/store", core, 0
        pathlib.Path(self.folder, "pleach.yaml").write_text("fleet: bench\nteams: {}\nservices: []\n")
        self.run()

    def run(self):
        self.launch([self.binary, "part", "store", "--listen", f"127.0.0.1:{self.port}", "--size", "200G"] +
                    (["--memory", self.memory] if self.memory else []), self.core, cwd=self.folder)

    def used(self):
        return self.ended + cpu(self.pid)

    def settle(self):
        """Ends it, which writes out what it holds in memory, and starts it again; the CPU time of both counts."""
        super().settle()
        self.ended += self.process.stop()
        self.http = Http(self.port)
        self.run()

    def log_input(self):
        """(path, media type, format): JSON lines where the store takes them, else OTLP."""
        status, _ = self.http.ask("POST", "/api/logs", b"", {"Content-Type": "application/x-ndjson"})
        if status < 400:
            return "/api/logs", "application/x-ndjson", "json"
        return "/v1/logs", "application/x-protobuf", "otlp"

    def span_input(self):
        return "/v1/traces", "application/x-protobuf"

    def logs_page(self, q, limit):
        return self.http.get_json("/api/logs", q=q, limit=limit, **{"from": self.range[0], "to": self.range[1]})["rows"]

    def query(self, q):
        """Over all times: the last hour is what a query without a range looks at."""
        return self.http.get_json("/api/query", q=q, **{"from": self.range[0], "to": self.range[1]})

    def count(self, q):
        """By the query language; by the histogram where a store has no pipes yet."""
        try:
            a = self.query(f"{q} | stats count()")
        except Missing:
            a = self.http.get_json("/api/logs/histogram", q=q, buckets=1, **{"from": self.range[0], "to": self.range[1]})
            if a["cut"]:
                raise Wrong("cut: " + json.dumps(a["scanned"])) from None
            return a["total"]
        if a.get("cut"):
            raise Wrong("cut: " + json.dumps(a.get("scanned")))
        return self.cell(a)

    @staticmethod
    def cell(a):
        """The only number of a table of one row."""
        rows = a.get("rows") or [[0]]
        row = rows[0]
        numbers = [v for v in (row.values() if isinstance(row, dict) else row) if isinstance(v, (int, float)) and not isinstance(v, bool)]
        if len(rows) != 1 or len(numbers) != 1:
            raise Wrong(f"not one number: {json.dumps(a)[:300]}")
        return int(numbers[0])

    def bare_id(self, i): return [r["trace_id"] for r in self.logs_page(i, 10)]
    def named_id(self, i): return [r["trace_id"] for r in self.logs_page(f"trace:{i}", 10)]
    def word(self, w): return self.count(w)
    def substring(self, s): return self.count(f"*{s}*")
    def newest(self, n): return [int(r["time_ns"]) for r in self.logs_page("", n)]
    def newest_errors(self, n): return [int(r["time_ns"]) for r in self.logs_page("level:error", n)]
    def distinct(self): return self.cell(self.query("* | stats distinct(trace_id)"))

    def patterns(self):
        rows = self.query("* | patterns").get("rows", [])
        return sorted((r["count"] if isinstance(r, dict) else next(v for v in r if isinstance(v, int)) for r in rows), reverse=True)

    def trace(self, i):
        try:
            return len(self.http.get_json(f"/api/traces/{i}")["spans"])
        except Missing:
            return 0

    def rare(self, key, value):
        return [t["trace_id"] for t in self.http.get_json("/api/traces", q=f'{key}="{value}"', limit=50, **{"from": self.range[0], "to": self.range[1]})["traces"]]


class VictoriaLogs(Server):
    name, title, logs, durable = "victorialogs", "VictoriaLogs", True, "no (up to 5 s)"
    get = "go install github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs@v1.52.1"

    @classmethod
    def program(cls, peers): return pathlib.Path(peers, "bin/victoria-logs")

    def start(self, core):
        self.data = f"{self.folder}/data"
        self.launch([self.program(self.peers), f"-storageDataPath={self.data}", f"-httpListenAddr=127.0.0.1:{self.port}", "-retentionPeriod=100y",
                     "-loggerLevel=ERROR"], core)

    def log_input(self):
        return "/insert/jsonline?_stream_fields=service&_msg_field=message&_time_field=time", "application/x-ndjson", "json"

    def settle(self):
        self.http.get("/internal/force_flush")
        self.http.get("/internal/force_merge")
        super().settle()

    def rows(self, query, **more):
        text = self.http.get("/select/logsql/query", query=query, **more)
        return [json.loads(line) for line in text.splitlines()]

    def one(self, query): return int(next(iter(self.rows(query)[0].values())))
    def bare_id(self, i): return [r["trace_id"] for r in self.rows(i)]
    def named_id(self, i): return [r["trace_id"] for r in self.rows(f"trace_id:={i}")]
    def word(self, w): return self.one(f"{w} | count()")
    def substring(self, s): return self.one(f'~"{s}" | count()')
    def newest(self, n): return [time_ns(r["_time"]) for r in self.rows(f"* | sort by (_time) desc | limit {n}")]
    def newest_errors(self, n): return [time_ns(r["_time"]) for r in self.rows(f"level:=error | sort by (_time) desc | limit {n}")]
    def distinct(self): return self.one("* | count_uniq(trace_id)")
    def patterns(self): return [int(r["hits"]) for r in self.rows("* | collapse_nums | top 10 by (_msg)")]


class ClickHouse(Server):
    name, title, logs, durable = "clickhouse", "ClickHouse 18.16", True, "no (no fsync)"
    get = "apt-get download clickhouse-server clickhouse-client (Debian 12), unpacked with dpkg -x"
    batch = 16 << 20
    connections = 1
    table = """CREATE TABLE logs (day Date, ts Int64, service String, host String, level String, pid Int32, trace_id String, message String)
 ENGINE = MergeTree PARTITION BY day ORDER BY (service, ts) SETTINGS index_granularity = 8192"""

    @classmethod
    def program(cls, peers): return pathlib.Path(peers, "clickhouse/usr/sbin/clickhouse-server")

    def start(self, core):
        root, tcp, between = pathlib.Path(self.peers, "clickhouse"), free_port(), free_port()
        self.data = f"{self.folder}/data"
        for d in ("data", "tmp", "files"):
            os.mkdir(f"{self.folder}/{d}")
        pathlib.Path(self.folder, "users.xml").write_text("""<yandex><profiles><default><max_threads>1</max_threads><max_memory_usage>8000000000</max_memory_usage>
</default></profiles><users><default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users>
<quotas><default></default></quotas></yandex>""")
        pathlib.Path(self.folder, "config.xml").write_text(f"""<yandex><logger><level>error</level><console>1</console></logger><http_port>{self.port}</http_port>
<tcp_port>{tcp}</tcp_port><interserver_http_port>{between}</interserver_http_port><listen_host>127.0.0.1</listen_host><max_connections>64</max_connections>
<uncompressed_cache_size>0</uncompressed_cache_size><mark_cache_size>268435456</mark_cache_size><path>{self.data}/</path><tmp_path>{self.folder}/tmp/</tmp_path>
<user_files_path>{self.folder}/files/</user_files_path><users_config>{self.folder}/users.xml</users_config><default_profile>default</default_profile>
<default_database>default</default_database><compression><case><min_part_size>0</min_part_size><min_part_size_ratio>0</min_part_size_ratio><method>zstd</method></case>
</compression></yandex>""")
        libraries = ":".join(str(root / d / "x86_64-linux-gnu") for d in ("usr/lib", "lib"))
        self.launch([self.program(self.peers), f"--config-file={self.folder}/config.xml"], core, env={"LD_LIBRARY_PATH": libraries})
        self.sql(self.table)

    def sql(self, query):
        status, text = self.http.ask("POST", "/", query.encode())
        if status != 200:
            raise Wrong(f"{query}: {status} {text[:300]}")
        return text.decode()

    def log_input(self):
        return "/?query=INSERT+INTO+logs+FORMAT+TabSeparated", "text/plain", "tsv"

    def settle(self):
        self.sql("OPTIMIZE TABLE logs FINAL")
        super().settle()

    def size(self):
        """Of what is in use: merged parts stay on disk for eight minutes."""
        return self.one("SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = 'logs'")

    def numbers(self, query): return [int(line) for line in self.sql(query).split()]
    def one(self, query): return self.numbers(query)[0]
    def named_id(self, i): return self.sql(f"SELECT trace_id FROM logs WHERE trace_id = '{i}'").split()

    def bare_id(self, i):
        raise Missing("a column must be named")

    def word(self, w): return self.one(f"SELECT count() FROM logs WHERE match(message, '(^|[^a-zA-Z0-9_]){w}([^a-zA-Z0-9_]|$)')")
    def substring(self, s): return self.one(f"SELECT count() FROM logs WHERE position(message, '{s}') > 0")
    def newest(self, n): return self.numbers(f"SELECT ts FROM (SELECT * FROM logs ORDER BY ts DESC LIMIT {n})")
    def newest_errors(self, n): return self.numbers(f"SELECT ts FROM (SELECT * FROM logs WHERE level = 'error' ORDER BY ts DESC LIMIT {n})")
    def distinct(self): return self.one("SELECT uniqExact(trace_id) FROM logs WHERE trace_id != ''")

    def patterns(self):
        return self.numbers("SELECT c FROM (SELECT replaceRegexpAll(message, '[0-9]+', '0') AS p, count() AS c FROM logs GROUP BY p ORDER BY c DESC LIMIT 10)")


class Jaeger(Server):
    name, title, spans, durable = "jaeger", "Jaeger 1.76 on Badger", True, "no (no sync)"
    most_spans = 500_000
    get = "go get -tool github.com/jaegertracing/jaeger/cmd/jaeger@v1.76.0 in a module of one's own, then go build"

    @classmethod
    def program(cls, peers): return pathlib.Path(peers, "bin/jaeger")

    def start(self, core):
        self.data = f"{self.folder}/data"
        self.intake = free_port()
        grpc = free_port()
        pathlib.Path(self.folder, "config.yaml").write_text(f"""
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces: {{receivers: [otlp], processors: [], exporters: [jaeger_storage_exporter]}}
  telemetry:
    metrics: {{level: none}}
    logs: {{level: error}}
extensions:
  jaeger_storage:
    backends:
      kept:
        badger:
          directories: {{keys: {self.data}/keys, values: {self.data}/values}}
          ephemeral: false
  jaeger_query:
    storage: {{traces: kept}}
    http: {{endpoint: "127.0.0.1:{self.port}"}}
    grpc: {{endpoint: "127.0.0.1:{grpc}"}}
receivers:
  otlp:
    protocols:
      http: {{endpoint: "127.0.0.1:{self.intake}"}}
exporters:
  jaeger_storage_exporter: {{trace_storage: kept}}
""")
        self.launch([self.program(self.peers), "--config", f"{self.folder}/config.yaml"], core)
        self.process.wait_for(self.intake)

    def span_input(self):
        return "/v1/traces", "application/x-protobuf"

    def trace(self, i):
        try:
            return len(self.http.get_json(f"/api/traces/{i}")["data"][0]["spans"])
        except Missing:
            return 0

    def rare(self, key, value):
        # Its search needs a service; that of the rare attribute is not known beforehand, so every service is asked.
        found = set()
        for service in self.http.get_json("/api/services")["data"]:
            for t in self.http.get_json("/api/traces", service=service, tags=json.dumps({key: value}), limit=50, lookback="custom",
                                        start=self.range[0] // 1000, end=self.range[1] // 1000 + 1)["data"]:
                found.add(t["traceID"])
        return sorted(found)


PEERS = [VictoriaLogs, ClickHouse, Jaeger]
