"""What is asked of each server over DICOMweb, by http_load: one C++ client for all, which costs them the same."""
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import time

from archives import CALLER, memory_mib
from harness.dimse_tools import tool_path
from harness.orthanc_server import AET, BINARY

DICOM = 'Accept: multipart/related; type="application/dicom"; transfer-syntax=*'
# As OHIF asks: no quotation marks, which servers have tripped over.
PIXELS = "Accept: multipart/related; type=application/octet-stream; transfer-syntax=*"
JSON = "Accept: application/dicom+json"
JPEG = "Accept: image/jpeg"
FRAME_CONNECTIONS = 6  # as many as browsers open to one server
BOUNDARY = "recognition-bench"
SAMPLED_EVERY = 0.005  # seconds between looks at a process's memory

# name, unit, what it is; in the order in which they are measured: each of a server's rounds begins with a fresh study
CASES = (
    ("metadata_cold", "ms", "study metadata, first request after the last C-STORE"),
    ("metadata", "ms", "study metadata, asked again"),
    ("metadata_restart", "ms", "study metadata, first request after a restart"),
    ("frames", "ms", f"every frame over {FRAME_CONNECTIONS} kept connections"),
    ("frames_again", "ms", "every frame once more"),
    ("study", "ms", "whole study"),
    ("instance", "ms", "one instance"),
    ("rendered", "ms", "a rendered frame, JPEG"),
    ("thumbnail", "ms", "a thumbnail, JPEG"),
    ("qido", "ms", "QIDO by PatientID, connection kept"),
    ("qido_modalities", "ms", "the same with ModalitiesInStudy and paging"),
    ("stow", "ms", "STOW of the study"),
    ("memory", "MiB", "peak memory (VmHWM)"),
)


class NotServed(Exception):
    """The server answered otherwise than with what was asked: the reason as http_load gives it."""


def ask(port, paths, *headers, connections=1, repeat=1, seconds=0, post=None, save=None):
    """One run of http_load: its JSON. Raises NotServed."""
    words = [str(BINARY / "http_load"), str(port), "--connections", str(connections), "--repeat", str(repeat),
             "--seconds", str(seconds)]
    words += [word for header in headers for word in ("--header", header)]
    words += [word for option, path in (("--post", post), ("--save", save)) if path for word in (option, str(path))]
    with tempfile.NamedTemporaryFile("w", prefix="recognition-paths-") as listed:
        listed.write("\n".join(paths) + "\n")
        listed.flush()
        done = subprocess.run([*words, "--paths", listed.name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=900, check=False)
    if done.returncode:
        raise NotServed(done.stderr.strip()[-200:])
    return json.loads(done.stdout)


def make_stow_body(folder):
    """The study as one multipart body, kept beside it."""
    path = folder.parent / f"{folder.name}.multipart"
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        with open(unfinished, "wb") as body:
            for file in sorted(folder.glob("*.dcm")):
                body.write(f"--{BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode() + file.read_bytes() + b"\r\n")
            body.write(f"--{BOUNDARY}--\r\n".encode())
        unfinished.rename(path)
    return path


def instance_paths(port, study):
    """Path of each instance of the study below the root, as this server finds them; not measured."""
    with tempfile.NamedTemporaryFile(prefix="recognition-found-") as body:
        ask(port, [f"/dicom-web/studies/{study}/instances?includefield=0020000E"], JSON, save=body.name)
        found = json.loads(pathlib.Path(body.name).read_bytes())
    return sorted(f"/dicom-web/studies/{study}/series/{row['0020000E']['Value'][0]}/instances/{row['00080018']['Value'][0]}"
                  for row in found)


class MemoryWatch:
    """As a context: .added is by how many MiB a process grew at most since the beginning, .added_anonymous without what it has
    mapped of files, which the system may take back at any time."""

    def __init__(self, process):
        self.process = process

    def _look(self):
        while not self._ended.wait(SAMPLED_EVERY):
            self._most = max(self._most, memory_mib(self.process, "RssAnon"))

    def __enter__(self):
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")  # VmHWM begins anew
        self._before, self._before_anonymous = memory_mib(self.process, "VmRSS"), memory_mib(self.process, "RssAnon")
        self._most, self._ended = self._before_anonymous, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()
        self.added = memory_mib(self.process) - self._before
        self.added_anonymous = self._most - self._before_anonymous


class WebCase:
    """One study at one door of one server; each function gives one sample, milliseconds where it is a time."""

    def __init__(self, server, port, study, folder, quick):
        self.server, self.port, self.study, self.folder = server, port, study, folder
        self.few = 10 if quick else 60  # instances that are asked for one by one
        self.many = 20 if quick else 200  # questions
        self.root = f"/dicom-web/studies/{study['study_instance_uid']}"
        self.instances = []

    def prepare(self):
        """The study is taken out and stored again, so that nothing has been asked of it."""
        self._forget()
        done = subprocess.run([tool_path("storescu"), "-R", "+sd", "-aet", "H001_CT", "-aec", AET, "127.0.0.1",
                               str(self.server.dicom_port), str(self.folder)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900, check=False,
                              env=dict(os.environ, TCP_NODELAY="1"))
        if done.returncode:
            raise RuntimeError(f"the study could not be stored:\n{done.stdout[-800:]}")

    def _forget(self):
        for study in self.server.get("/studies").json():
            self.server.delete(f"/studies/{study}")
        deadline = time.monotonic() + 60
        while self.server.plugin and self.server.status()["instances"] and time.monotonic() < deadline:
            time.sleep(0.05)

    def _whole(self, path, accept, mark):
        """One answer that must hold every instance of the study: milliseconds."""
        with tempfile.NamedTemporaryFile(prefix="recognition-body-") as body:
            asked = ask(self.port, [path], accept, save=body.name)
            held = pathlib.Path(body.name).read_bytes().count(mark)
        if held < self.study["images"]:
            raise NotServed(f"the answer holds {held} of {self.study['images']} instances")
        return asked["p50"] / 1000

    def metadata_once(self):
        return self._whole(f"{self.root}/metadata", JSON, b'"00080018"')

    def metadata_cold(self):
        spent = self.metadata_once()
        self.instances = instance_paths(self.port, self.study["study_instance_uid"])
        if len(self.instances) != self.study["images"]:
            raise NotServed(f"{len(self.instances)} instances were found")
        return spent

    def metadata(self):
        return ask(self.port, [f"{self.root}/metadata"], JSON, repeat=5)["p50"] / 1000

    def metadata_restart(self):
        """Nothing is in memory any more but the pages of the files; what a peer keeps on the disk counts for it."""
        self.server.restart()
        return self.metadata_once()

    def frames(self):
        asked = ask(self.port, [f"{path}/frames/1" for path in self.instances], PIXELS, connections=FRAME_CONNECTIONS)
        if asked["body"] < 0.9 * sum(file.stat().st_size for file in self.folder.glob("*.dcm")):
            raise NotServed("the frames are fewer bytes than was stored")
        return 1000 * asked["seconds"]

    def frames_again(self):
        return self.frames()

    def study_bytes(self):
        return ask(self.port, [self.root], DICOM)

    def instance(self):
        return ask(self.port, self.instances[:self.few], DICOM)["p50"] / 1000

    def rendered(self):
        return ask(self.port, [f"{path}/frames/1/rendered" for path in self.instances[:self.few]], JPEG)["p50"] / 1000

    def thumbnail(self):
        return ask(self.port, [f"{path}/frames/1/thumbnail" for path in self.instances[:self.few]], JPEG)["p50"] / 1000

    def _found(self, query):
        with tempfile.NamedTemporaryFile(prefix="recognition-found-") as body:
            asked = ask(self.port, [f"/dicom-web/studies?PatientID={self.study['patient_id']}{query}"], JSON,
                        repeat=self.many, save=body.name)
            if pathlib.Path(body.name).read_bytes().count(b'"0020000D"') != 1:
                raise NotServed("QIDO found another number of studies than one")
        return asked["p50"] / 1000

    def qido(self):
        return self._found("")

    def qido_modalities(self):
        return self._found("&ModalitiesInStudy=CT&includefield=00080061&limit=25&offset=0")

    def stow(self):
        self._forget()
        asked = ask(self.port, ["/dicom-web/studies"], f'Content-Type: multipart/related; type="application/dicom"; '
                    f"boundary={BOUNDARY}", JSON, post=make_stow_body(self.folder))
        held = self.server.get("/statistics").json()["CountInstances"]
        if held != self.study["images"]:
            raise NotServed(f"{held} of {self.study['images']} instances were stored")
        return 1000 * asked["seconds"]

    def memory(self):
        return memory_mib(self.server.process)

    def sample(self, name):
        """One sample; a case that wants the instances fails where the search for them has failed."""
        if name in ("frames", "frames_again", "instance", "rendered", "thumbnail") and not self.instances:
            raise NotServed("the instances were not found")
        return 1000 * self.study_bytes()["seconds"] if name == "study" else getattr(self, name)()


def memory_added(case):
    """Serving a large study, every byte: MiB that the process grew by, with and without mapped files; and the seconds."""
    with MemoryWatch(case.server.process) as watch:
        asked = case.study_bytes()
    if asked["body"] < 0.9 * sum(file.stat().st_size for file in case.folder.glob("*.dcm")):
        raise NotServed("the study is fewer bytes than was stored")
    return {"added": watch.added, "added_anonymous": watch.added_anonymous, "seconds": asked["seconds"], "bytes": asked["body"]}
