"""A real Orthanc on free ports in a folder of its own, with the shipped configuration and our plugin."""
import ctypes
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

SOURCE = pathlib.Path(__file__).resolve().parents[3]
BINARY = pathlib.Path(os.environ.get("RECOGNITION_BINARY_DIR", SOURCE / "build" / "release"))
ORTHANC = shutil.which("Orthanc") or "/usr/sbin/Orthanc"
DEBIAN_DICOMWEB = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
AET = "RECOGNITION"
READY_WITHIN = 60  # seconds; a sanitised Orthanc on a busy machine needs some


class StartFailed(Exception):
    """Orthanc ended while it started: its exit code and log."""

    def __init__(self, code, log):
        super().__init__(f"Orthanc ended at its start with exit code {code}:\n{log[-2000:]}")
        self.code = code
        self.log = log


class Reply:
    """An HTTP reply: status, headers (case-insensitive), body (bytes)."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")


def free_port():
    """A port that nobody listens on, below those that the system gives to outgoing connections (32768 and more):
    one of these may be in use again by the time that a server binds it."""
    while True:
        port = random.SystemRandom().randrange(15000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
                return port
            except OSError:
                continue


def shipped_configuration(variables):
    """dicom-conf/orthanc.json as Orthanc reads it: variables replaced, then comments taken out."""
    text = (SOURCE / "dicom-conf" / "orthanc.json").read_text()
    text = re.sub(r"\$\{(\w+)(?::-([^}]*))?\}", lambda m: str(variables.get(m.group(1), m.group(2) or "")), text)
    keep_strings = re.compile(r'("(?:\\.|[^"\\])*")|/\*.*?\*/|//[^\n]*', re.DOTALL)
    return json.loads(keep_strings.sub(lambda m: m.group(1) or "", text))


def _die_with_parent():
    # A test that is killed by its time limit leaves no server behind (PR_SET_PDEATHSIG).
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class OwnPort:
    """A server as the DIMSE tools see it when they use the plugin's query/retrieve port."""

    def __init__(self, server):
        self._server = server

    @property
    def dicom_port(self):
        return self._server.query_retrieve_port

    def __getattr__(self, name):
        return getattr(self._server, name)


class OrthancServer:
    """One server; start, stop, kill and start again keep ports and data. Used from one thread."""

    def __init__(self, folder, plugin=True, recognition=None, options=None, extra_plugins=(), environment=None):
        """recognition: what the Recognition section has otherwise than shipped (None as a value removes a key);
        options: the same for the top level."""
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.plugin = plugin
        self.recognition = recognition or {}
        self.options = options or {}
        self.extra_plugins = list(extra_plugins)
        self.environment = environment or {}
        self.log_path = self.folder / "orthanc.log"
        self.process = None
        self.raw_configuration = None
        self.headers = {}  # of every request, such as Authorization
        self.program = [ORTHANC]  # with what must stand before it
        self.quiet = False  # a benchmark's server logs no more than Debian's
        self.take_ports()

    def take_ports(self):
        self.http_port, self.dicom_port, self.workstation_port = free_port(), free_port(), free_port()
        self.query_retrieve_port, self.web_port = free_port(), free_port()

    def configuration(self):
        configuration = shipped_configuration({
            "RECOGNITION_DATA": self.folder / "data",
            "RECOGNITION_CONF": SOURCE / "dicom-conf",
            "RECOGNITION_PLUGIN": BINARY / "libOrthancRecognition.so",
            "RECOGNITION_HTTP_PORT": self.http_port,
            "RECOGNITION_DICOM_PORT": self.dicom_port,
            "RECOGNITION_WS_PORT": self.workstation_port,
            "RECOGNITION_QR_PORT": self.query_retrieve_port,
            "RECOGNITION_WEB_PORT": self.web_port,
        })
        configuration["Plugins"] = (configuration["Plugins"] if self.plugin else []) + self.extra_plugins
        if not self.plugin:
            del configuration["Recognition"]
        if os.environ.get("RECOGNITION_SANITIZER_RUNTIME"):
            # The runtime's allocator knows no arenas, and a named locale deadlocks in glibc under it.
            configuration.update({"MallocArenaMax": 0, "Locale": "C"})
        for target, changes in ((configuration, self.options), (configuration.get("Recognition", {}), self.recognition)):
            for key, value in changes.items():
                if value is None:
                    target.pop(key, None)
                elif key in ("QueryRetrieve", "Http"):  # its port stays
                    target[key] = {**target[key], **value}
                else:
                    target[key] = value
        return configuration

    @property
    def own_port(self):
        return OwnPort(self)

    def start(self):
        """Starts and waits until the index is ready. Raises StartFailed when Orthanc ends instead."""
        for attempt in range(3):
            try:
                self.launch()
                self.wait_ready()
                return self
            except StartFailed as failure:
                # Another program took a port between our look and Orthanc's bind.
                if attempt == 2 or not re.search(r"port .*(already )?in use|address already in use|port \d+ for (query and retrieve|HTTP)", failure.log, re.I):
                    raise
                self.take_ports()
        return self

    def launch(self):
        path = self.folder / "orthanc.json"
        path.write_text(self.raw_configuration or json.dumps(self.configuration(), indent=1))
        self.log_start = self.log_path.stat().st_size if self.log_path.exists() else 0
        environment = dict(os.environ, **self.environment)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(sanitizer_command(environment) + [*self.program, *([] if self.quiet else ["--verbose"]), str(path)],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
                                            cwd=self.folder, preexec_fn=_die_with_parent)

    def wait_ready(self):
        deadline = time.monotonic() + READY_WITHIN
        path = "/recognition/status" if self.plugin else "/system"
        while time.monotonic() < deadline:
            code = self.process.poll()
            if code is not None:
                self.process = None
                raise StartFailed(code, self.log_since_start())
            try:
                reply = self.get(path)
                if reply.status == 200 and (not self.plugin or reply.json().get("state") == "ready"):
                    return
            except OSError:
                pass
            time.sleep(0.03)
        raise TimeoutError(f"Orthanc was not ready within {READY_WITHIN} s:\n{self.log_since_start()[-2000:]}")

    def wait_end(self, seconds=30):
        """Waits until Orthanc ends by itself; its exit code."""
        try:
            return self.process.wait(seconds)
        finally:
            if self.process.poll() is not None:
                self.process = None

    def stop(self):
        """SIGTERM; returns the exit code."""
        if self.process is None:
            return 0
        self.process.terminate()
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self.process = None
        return code

    def kill(self):
        """SIGKILL, as a power cut of the process."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def restart(self):
        self.stop()
        return self.start()

    # ---- what it says and holds ----

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def log_since_start(self):
        if not self.log_path.exists():
            return ""
        with open(self.log_path, "rb") as log:
            log.seek(self.log_start)
            return log.read().decode("utf-8", "replace")

    def url(self, path):
        return f"http://127.0.0.1:{self.http_port}{urllib.parse.quote(path, safe='/?&=%,*+:;@!$()~.-_')}"

    def request(self, method, path, body=None, headers=None, timeout=60):
        request = urllib.request.Request(self.url(path), data=body, method=method, headers={**self.headers, **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as reply:
                return Reply(reply.status, reply.headers, reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, error.headers, error.read())

    def get(self, path, headers=None):
        return self.request("GET", path, headers=headers)

    def post(self, path, body, headers=None):
        return self.request("POST", path, body=body, headers=headers)

    def delete(self, path):
        return self.request("DELETE", path)

    def status(self):
        return self.get("/recognition/status").json()

    def orthanc_instances(self):
        """All instance ids that Orthanc holds."""
        return set(self.get("/instances").json())

    def indexed_instances(self, page=1000):
        """All Orthanc instance ids of the index, read page by page."""
        found, after = [], ""
        while True:
            reply = self.get(f"/recognition/instances?after={after}&limit={page}")
            if reply.status != 200:
                raise AssertionError(f"/recognition/instances: {reply.status} {reply.text}")
            part = reply.json()
            if not part:
                return set(found)
            found.extend(part)
            if part != sorted(part) or after and part[0] <= after:
                raise AssertionError("the list of indexed instances is not sorted")
            after = part[-1]


def sanitizer_command(environment):
    """Orthanc is not built with a sanitizer, so the runtime of a sanitised plugin is loaded before it."""
    runtime = os.environ.get("RECOGNITION_SANITIZER_RUNTIME", "")
    if not runtime:
        return []
    # Orthanc and its libraries free at exit what they please, and throw through code that is not instrumented.
    environment.setdefault("ASAN_OPTIONS", "detect_leaks=0:detect_odr_violation=0:abort_on_error=0:exitcode=66")
    environment.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    environment.setdefault("TSAN_OPTIONS", f"exitcode=66:suppressions={SOURCE}/tests/system/tsan.supp")
    return ["env", f"LD_PRELOAD={runtime}"]
