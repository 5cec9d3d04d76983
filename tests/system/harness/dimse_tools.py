"""DCMTK's command-line tools as functions: what they said, parsed."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from harness.orthanc_server import AET, SOURCE, _die_with_parent

TOOL_SECONDS = 120


def tool_path(name):
    """DCMTK's tool; another one of the same name may come first in PATH (Java's, Python's)."""
    return f"/usr/bin/{name}" if os.path.exists(f"/usr/bin/{name}") else shutil.which(name)


def tool(name, *arguments, environment=None, seconds=TOOL_SECONDS):
    """Runs one tool; returns (exit code, all it said). TCP_NODELAY=1 makes the tools quick: timing is bench's work."""
    full = dict(os.environ, TCP_NODELAY="1", LC_ALL="C.UTF-8")
    full.update(environment or {})
    done = subprocess.run([tool_path(name), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=seconds, check=False,
                          env={key: value for key, value in full.items() if value is not None})
    return done.returncode, done.stdout.decode("utf-8", "replace")


def storescu(server, *paths, aet="H001_CT", options=("+sd", "+r"), environment=None, seconds=TOOL_SECONDS):
    """Sends files and folders; returns the exit code and the list of C-STORE statuses in the order of sending."""
    code, said = tool("storescu", "-v", "-R", "-nh", *options, "-aet", aet, "-aec", AET, "127.0.0.1", server.dicom_port,
                      *paths, environment=environment, seconds=seconds)
    return code, re.findall(r"Received Store Response \((.*)\)", said), said


def read_file(path):
    """A DICOM file as its JSON model (dcm2json), values in UTF-8."""
    done = subprocess.run([tool_path("dcm2json"), "-fc", str(path)], capture_output=True, timeout=30, check=False)
    if done.returncode:
        raise AssertionError(f"dcm2json could not read an answer: {done.stderr.decode(errors='replace')}")
    return json.loads(done.stdout)


def value(answer, tag, default=None):
    """First value of an element in the JSON model; a person name as "alphabetic=ideographic=phonetic"."""
    values = answer.get(tag, {}).get("Value", [])
    if not values:
        return default
    first = values[0]
    if isinstance(first, dict) and ("Alphabetic" in first or "Ideographic" in first or "Phonetic" in first):
        groups = [first.get(name, "") for name in ("Alphabetic", "Ideographic", "Phonetic")]
        return "=".join(groups).rstrip("=")
    return first


def values(answer, tag):
    return answer.get(tag, {}).get("Value", [])


class FindResult:
    """Answers of a C-FIND (JSON model each), the final status as DCMTK names it, and all findscu said."""

    def __init__(self, answers, status, said):
        self.answers, self.status, self.said = answers, status, said

    def column(self, tag):
        return [value(answer, tag) for answer in self.answers]


def findscu(server, keys, level="STUDY", root="-S", aet="H001_WS", extra=()):
    """keys: {"0010,0020": "value"} or {"PatientID": ""}. Keys with letters beyond ASCII are sent as UTF-8."""
    arguments = []
    if any(not str(text).isascii() for text in keys.values()):
        arguments += ["-k", "0008,0005=ISO_IR 192"]
    for key, text in keys.items():
        arguments += ["-k", f"{key}={text}"]
    with tempfile.TemporaryDirectory(prefix="recognition-find-") as folder:
        code, said = tool("findscu", "-v", root, "-aet", aet, "-aec", AET, "-X", "-od", folder, "-k",
                          f"0008,0052={level}", *arguments, *extra, "127.0.0.1", server.dicom_port)
        answers = [read_file(path) for path in sorted(pathlib.Path(folder).glob("rsp*.dcm"))]
    final = re.findall(r"Received Final Find Response \((.*)\)", said)
    if not final:
        raise AssertionError(f"findscu got no final answer (exit code {code}):\n{said[-1500:]}")
    return FindResult(answers, final[-1], said)


class Receiver:
    """storescp with an AE title of its own. As a context: .received is {SOP Instance UID: file}."""

    def __init__(self, port, aet="H001_WS", options=("+xa",), ignore=False):
        self.port, self.aet, self.options, self.ignore = port, aet, options, ignore

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="recognition-receive-")
        self.process = subprocess.Popen(
            [tool_path("storescp"), "-aet", self.aet, "-od", self.folder.name, *self.options,
             *(["--ignore"] if self.ignore else []), str(self.port)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=_die_with_parent)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.02)
        raise TimeoutError("storescp does not listen")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        self.folder.cleanup()

    @property
    def received(self):
        """storescp names each file MODALITY.UID."""
        return {path.name.split(".", 1)[1]: path for path in pathlib.Path(self.folder.name).iterdir()}


class MoveResult:
    """The final answer to a C-MOVE or C-GET: status and the four counters (None where the answer has none)."""

    def __init__(self, status, counters, said):
        self.status, self.said = status, said
        self.completed, self.failed, self.warning = (counters.get(name) for name in ("Completed", "Failed", "Warning"))


def _final_move(said, kind):
    final = said.rfind(f"Received Final {kind} Response")
    last = max(said.rfind(f"Received {kind} Response"), said.rfind(f"Received C-{kind.upper()} Response"))
    block = said[final if final >= 0 else last:]
    status = re.search(r"DIMSE Status\s*: (0x[0-9a-f]{4})", block) or re.search(r"DIMSE Status\s*: (0x[0-9a-f]{4})", said)
    counters = {name: int(count) for name, count in re.findall(r"(\w+) Suboperations\s*: (\d+)", block)}
    if status is None:
        raise AssertionError(f"no final answer to the {kind}:\n{said[-1500:]}")
    return MoveResult(status.group(1), counters, said)


def movescu(server, keys, level="STUDY", root="-S", aet="H001_WS", destination="H001_WS", extra=()):
    arguments = [part for key, text in keys.items() for part in ("-k", f"{key}={text}")]
    _, said = tool("movescu", "-d", root, "-aet", aet, "-aec", AET, "-aem", destination, "-k", f"0008,0052={level}",
                   *arguments, *extra, "127.0.0.1", server.dicom_port)
    return _final_move(said, "Move")


def getscu(server, keys, folder, level="STUDY", root="-S", aet="H001_WS", extra=()):
    """Files land in the folder; returns the final answer."""
    arguments = [part for key, text in keys.items() for part in ("-k", f"{key}={text}")]
    _, said = tool("getscu", "-d", root, "-aet", aet, "-aec", AET, "-od", folder, "-k", f"0008,0052={level}",
                   *arguments, *extra, "127.0.0.1", server.dicom_port)
    return _final_move(said, "Get")


def echoscu(server, aet="H001_WS", called=AET, extra=()):
    """The exit code: 0 when the answer was Success."""
    return tool("echoscu", "-aet", aet, "-aec", called, *extra, "127.0.0.1", server.dicom_port)[0]


def curl(server, path, *options, seconds=60):
    """curl as a user would type it: (status, body)."""
    with tempfile.NamedTemporaryFile(prefix="recognition-curl-") as body:
        done = subprocess.run(["curl", "-s", "-g", "-o", body.name, "-w", "%{http_code}", *options, server.url(path)],
                              capture_output=True, timeout=seconds, check=False)
        return int(done.stdout or 0), pathlib.Path(body.name).read_bytes()


def shared_testdata():
    """The folder of real files beside the source tree, or None."""
    folder = pathlib.Path(os.environ.get("RECOGNITION_SHARED_TESTDATA", SOURCE.parent / "shared" / "testdata"))
    return folder if (folder / "INDEX.tsv").is_file() else None


def malformed_files():
    """The files of the fuzzing corpus among the real files, in a fixed order, or None."""
    shared = shared_testdata()
    if shared is None:
        return None
    return sorted(path for path in (shared / "pwnlabmx+dicom-fuzzing-corpus").rglob("*")
                  if path.is_file() and not path.name.endswith((".md", ".txt", ".py", ".json")))
