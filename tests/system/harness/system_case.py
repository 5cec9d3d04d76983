"""The frame of a system test: a folder, a server or two, and the rule that no log names a patient."""
import os
import pathlib
import shutil
import tempfile
import unittest

from harness.orthanc_server import BINARY, OrthancServer
from harness.region import Region

KEEP_LOGS = pathlib.Path(os.environ.get("RECOGNITION_TEST_LOGS", BINARY / "system-logs"))
# What a sanitised plugin would say.
SANITIZER_WORDS = ("AddressSanitizer", "runtime error:", "ThreadSanitizer: data race", "LeakSanitizer")


def check_log(server, secrets):
    """No line holds a name or number of a patient, or what a sanitizer found."""
    log = server.log()
    for number, line in enumerate(log.splitlines(), 1):
        # The line itself is not shown: this text lands in a log too.
        if any(secret in line for secret in secrets):
            raise AssertionError(f"line {number} of the log names a patient")
        if any(word in line for word in SANITIZER_WORDS):
            at = log.find(line)
            raise AssertionError("a sanitizer has found something:\n" + log[max(0, at - 300):at + 4000])


def keep_log(server, name):
    if not server.log_path.exists():
        return
    KEEP_LOGS.mkdir(parents=True, exist_ok=True)
    kept = KEEP_LOGS / f"{name}.{server.folder.name}.log"
    shutil.copyfile(server.log_path, kept)
    print(f"log kept: {kept}\n" + "\n".join(server.log().splitlines()[-15:]))


class SystemCase(unittest.TestCase):
    """Each test method has a folder of its own; self.server() makes servers that are stopped at its end.

    What a test stores under names and numbers goes into self.secrets: at the end no line of any log may hold one.
    """

    maxDiff = 2000

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="recognition-system-"))
        self.servers = []
        self.secrets = set()
        self.addCleanup(self._clean_up)

    def server(self, **settings):
        server = OrthancServer(self.folder / f"server{len(self.servers) + 1}", **settings)
        self.servers.append(server)
        return server

    def started(self, **settings):
        return self.server(**settings).start()

    def door(self, server):
        """The server as the DIMSE tools ask it: here on Orthanc's port, with OnOwnPort on ours."""
        return server

    def files_folder(self, name="files"):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder

    def assert_index_equals_orthanc(self, server):
        """Both ways: nothing that Orthanc holds is missing, nothing is there that it does not hold."""
        held, indexed = server.orthanc_instances(), server.indexed_instances()
        self.assertEqual((len(held - indexed), len(indexed - held)), (0, 0),
                         f"missing in the index and not in Orthanc, of {len(held)} held and {len(indexed)} indexed")

    def _failed(self):
        outcome = self._outcome
        result = getattr(outcome, "result", None)
        pairs = getattr(outcome, "errors", None) or (result.errors + result.failures if result else [])
        return any(case is self and text for case, text in pairs)

    def _clean_up(self):
        try:
            for server in self.servers:
                server.stop()
            for server in self.servers:
                check_log(server, self.secrets)
        except BaseException:
            self._keep_logs()
            raise
        else:
            if self._failed():
                self._keep_logs()
        finally:
            for server in self.servers:
                server.kill()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _keep_logs(self):
        for server in self.servers:
            keep_log(server, self.id().replace("__main__.", ""))


class OnOwnPort:
    """Before a test class: the same tests on the plugin's query/retrieve port."""

    def door(self, server):
        return server.own_port if server.plugin else server


class RegionCase(SystemCase):
    """Tests that only ask: one server with the demonstration region (small) for all of a class."""

    settings = {}
    region_size = {}  # slices and size of the generated images, where they matter

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.class_folder = pathlib.Path(tempfile.mkdtemp(prefix="recognition-system-"))
        cls.node = OrthancServer(cls.class_folder / "server", **cls.settings)
        try:
            cls.region = Region(cls.class_folder, **cls.region_size)
            cls.node.start()
            cls.region.send(cls.node)
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        try:
            cls.node.stop()
            if hasattr(cls, "region"):
                check_log(cls.node, cls.region.secrets() | getattr(cls, "class_secrets", set()))
        except BaseException:
            keep_log(cls.node, cls.__name__)
            raise
        finally:
            cls.node.kill()
            shutil.rmtree(cls.class_folder, ignore_errors=True)

    @property
    def asked(self):
        return self.door(self.node)

    def _keep_logs(self):
        super()._keep_logs()
        keep_log(self.node, self.id().replace("__main__.", ""))
