"""scripts/run as a user runs it: starts, prints lines that work when pasted, runs again, stops cleanly."""
import os
import pathlib
import signal
import socket
import subprocess
import time
import unittest

from harness.dimse_tools import Receiver
from harness.orthanc_server import BINARY, SOURCE, _die_with_parent, free_port
from harness.system_case import SystemCase

RUN = SOURCE / "scripts" / "run"


class RunTest(SystemCase):
    def setUp(self):
        super().setUp()
        if os.environ.get("RECOGNITION_SANITIZER_RUNTIME"):
            self.skipTest("scripts/run starts Orthanc without a sanitizer's runtime")
        self.data = self.folder / "data"
        self.http, self.dicom, self.workstation = free_port(), free_port(), free_port()
        self.query_retrieve, self.web = free_port(), free_port()

    def command(self, *options):
        return [str(RUN), "--preset", BINARY.name, "--data", str(self.data), "--http-port", str(self.http), "--dicom-port",
                str(self.dicom), "--query-retrieve-port", str(self.query_retrieve), "--web-port", str(self.web),
                "--workstation-port", str(self.workstation), "--slices", "3", *options]

    def launch(self, *options):
        return subprocess.Popen(self.command(*options), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, start_new_session=True, preexec_fn=_die_with_parent)

    def end(self, process, sign=signal.SIGTERM):
        if process.poll() is None:
            process.send_signal(sign)
        try:
            return process.communicate(timeout=60)[0]
        finally:
            process.kill()

    def read_until(self, process, words):
        said = []
        for line in process.stdout:
            said.append(line)
            if words in line:
                return said
        self.fail(f"scripts/run ended before it said '{words}':\n{''.join(said[-20:])}")

    def pasteable(self, said):
        return [line.strip() for line in said if line.startswith("  ") and line.split()[0] in
                ("findscu", "movescu", "mkdir", "curl", "export")]

    def test_a_first_run_a_second_run_and_the_printed_lines(self):
        process = self.launch()
        try:
            lines = self.pasteable(self.read_until(process, "Ctrl-C stops it"))
            self.assertGreaterEqual(len([line for line in lines if line.startswith("findscu")]), 5)
            exports = [line for line in lines if line.startswith("export")]
            with Receiver(self.workstation) as receiver:
                for line in lines:
                    if line.startswith(("findscu", "movescu", "curl", "mkdir -p got")):
                        script = "\n".join([*exports, line])
                        done = subprocess.run(["bash", "-c", script], capture_output=True, timeout=60, cwd=self.folder,
                                              check=False)
                        said = (done.stdout + done.stderr).decode("utf-8", "replace")
                        self.assertEqual(done.returncode, 0, line.split()[0])
                        if line.startswith("findscu"):
                            self.assertGreaterEqual(said.count("Find Response"), 2, "a printed findscu found nothing")
                        elif line.startswith("mkdir"):
                            self.assertGreater(len(list((self.folder / "got").iterdir())), 3, "the printed getscu got nothing")
                        elif "-o report" not in line and not line.startswith("movescu"):
                            self.assertGreater(len(done.stdout), 10, "a printed curl got nothing")
                self.assertGreater(len(receiver.received), 3, "the printed movescu moved nothing")
            self.assertTrue((self.folder / "report").stat().st_size > 100)
        finally:
            said = self.end(process, signal.SIGINT)
        self.assertEqual(process.returncode, 0, said)
        self.assertIn("Stopped", said)
        for port in (self.http, self.dicom, self.query_retrieve, self.web):
            with socket.socket() as probe:
                self.assertNotEqual(probe.connect_ex(("127.0.0.1", port)), 0, "Orthanc still runs")
        again = subprocess.run(self.command("--stop-after-demo"), capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("stored already", again.stdout)
        self.assertEqual(self.pasteable([line + "\n" for line in again.stdout.splitlines()])[-1], lines[-1])

    def test_a_port_that_is_taken_is_named_with_the_option_that_changes_it(self):
        for option, port in (("--http-port", self.http), ("--dicom-port", self.dicom),
                             ("--query-retrieve-port", self.query_retrieve)):
            with socket.socket() as holder:
                holder.bind(("", port))
                holder.listen(1)
                done = subprocess.run(self.command("--no-demo"), capture_output=True, text=True, timeout=120, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"port {port} is taken", done.stderr)
            self.assertIn(option, done.stderr)

    def test_two_at_once_on_one_data_folder_are_refused(self):
        process = self.launch("--no-demo")
        try:
            self.read_until(process, "Ctrl-C stops it")
            self.http, self.dicom, self.query_retrieve = free_port(), free_port(), free_port()
            second = subprocess.run(self.command("--no-demo"), capture_output=True, text=True, timeout=120, check=False)
            self.assertEqual(second.returncode, 1)
            self.assertIn("another ./scripts/run", second.stderr)
        finally:
            self.end(process)

    def test_when_orthanc_dies_run_says_so(self):
        process = self.launch("--no-demo")
        try:
            self.read_until(process, "Ctrl-C stops it")
            children = [child for child in pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
                        if pathlib.Path(f"/proc/{child}/comm").read_text().strip() == "Orthanc"]
            self.assertEqual(len(children), 1)
            os.kill(int(children[0]), signal.SIGKILL)
            said = process.communicate(timeout=30)[0]
            self.assertNotEqual(process.returncode, 0)
            self.assertIn("Orthanc ended by itself", said)
        finally:
            self.end(process)

    def test_help_and_wrong_options(self):
        helped = subprocess.run([str(RUN), "--help"], capture_output=True, text=True, timeout=10, check=False)
        self.assertEqual(helped.returncode, 0)
        for option in ("--http-port", "--dicom-port", "--query-retrieve-port", "--data", "--no-demo", "--slices"):
            self.assertIn(option, helped.stdout)
        for wrong in (["--port", "1"], ["--http-port"], ["--http-port", "99999"], ["--slices", "many"]):
            with self.subTest(wrong):
                done = subprocess.run([str(RUN), *wrong], capture_output=True, text=True, timeout=10, check=False)
                self.assertEqual(done.returncode, 1)
                self.assertTrue(done.stderr.startswith("run: "))


if __name__ == "__main__":
    unittest.main()
