"""The commands of README.md work as they stand there, and what it shows is what is printed.

Every block marked sh is run as one script, against a node that ./scripts/run has started; every line "$ command" of a
block marked console is run by itself. An unmarked block after an sh block is what that prints, lines "..." left out.
Numbers, dates and paths may differ. ./scripts/test and ./scripts/bench are only asked for their options: this is run
by the one, and the other takes minutes.
"""
import glob
import os
import re
import shlex
import signal
import subprocess
import unittest

from harness.dimse_tools import Receiver
from harness.orthanc_server import BINARY, SOURCE, _die_with_parent, free_port
from harness.system_case import SystemCase

README = SOURCE / "README.md"
SLOW = ("./scripts/test", "./scripts/bench", "./scripts/fuzz")
# What depends on what is built already.
BUILD_LINE = re.compile(r"^\[\d+/\d+\] (Building|Linking|Re-checking|Creating)|^ninja: |^Building |^Installing ")


def blocks():
    """(language, text) of each fenced block, in order."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def plain(line):
    """A line without what differs from run to run: numbers, paths, the lengths of values, width of columns."""
    line = re.sub(r"(?<![\w:/.])/[\w./-]+(:/?[\w./-]+)*", "PATH", line)
    return re.sub(r"\s+", " ", re.sub(r"\d+", "0", line)).strip()


class ReadmeTest(SystemCase):
    def setUp(self):
        super().setUp()
        if os.environ.get("RECOGNITION_SANITIZER_RUNTIME"):
            self.skipTest("scripts/run starts Orthanc without a sanitizer's runtime")
        if not README.exists():
            self.skipTest("there is no README.md")
        self.ports = {"8042": free_port(), "4242": free_port(), "4243": free_port(), "11112": free_port()}

    def here(self, command):
        """The command with this test's ports, data folder and DCMTK's dictionary."""
        for shown, port in self.ports.items():
            command = re.sub(rf"(?<=[: ]){shown}\b", str(port), command)
        dictionary = sorted(glob.glob("/usr/share/*dcmtk*/dicom.dic"))[-1]
        return re.sub(r"/usr/share/libdcmtk\d+/dicom\.dic", dictionary, command)

    def run_options(self, command, data):
        """A ./scripts/run of the README as a list of words, on free ports and in a folder of the test."""
        return [str(SOURCE / "scripts" / "run"), *shlex.split(command)[1:], "--preset", BINARY.name, "--data",
                str(self.folder / data), "--http-port", str(self.ports["8042"]), "--dicom-port", str(self.ports["4242"]),
                "--query-retrieve-port", str(self.ports["4243"]), "--workstation-port", str(self.ports["11112"])]

    def assert_shown(self, shown, printed):
        said = {plain(line) for line in printed.splitlines()}
        missing = [line for line in shown.splitlines()
                   if line.strip() not in ("", "...") and not BUILD_LINE.match(line) and plain(line) not in said]
        self.assertEqual(missing, [], "README.md shows lines that are not printed")

    def test_what_the_console_blocks_show_is_printed(self):
        for number, (_, text) in enumerate(block for block in blocks() if block[0] == "console"):
            for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                command, _, shown = part.partition("\n")
                with self.subTest(command):
                    self.assertTrue(command.startswith("./scripts/run "), "this test does not know that command")
                    self.assertIn("--stop-after-demo", command)
                    done = subprocess.run(self.run_options(command, f"console{number}"), stdout=subprocess.PIPE,
                                          stderr=subprocess.STDOUT, text=True, timeout=400, check=False)
                    self.assertEqual(done.returncode, 0, done.stdout[-1500:])
                    self.assert_shown(shown, done.stdout)

    def test_the_commands_work_in_their_order(self):
        node, printed = None, ""
        try:
            for language, text in blocks():
                if language == "" and printed:
                    self.assert_shown(text, printed)
                printed = ""
                if language != "sh":
                    continue
                first = text.split()[0]
                with self.subTest(text.strip().splitlines()[0]):
                    if first in SLOW:
                        for line in text.strip().splitlines():
                            done = subprocess.run([*shlex.split(line), "--help"], cwd=SOURCE, capture_output=True, timeout=60,
                                                  check=False)
                            self.assertEqual(done.returncode, 0)
                    elif first == "./scripts/run":
                        self.assertIsNone(node, "a second node is started")
                        node = self.start_node(text.strip())
                    else:
                        self.assertIsNotNone(node, "no ./scripts/run stands before this")
                        with Receiver(self.ports["11112"]):
                            done = subprocess.run(["bash", "-eo", "pipefail", "-c", self.here(text)], cwd=SOURCE,
                                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
                        printed = done.stdout.decode("utf-8", "replace")
                        self.assertEqual(done.returncode, 0, "the commands of this block failed")
                        self.assertTrue(printed.strip(), "the commands of this block print nothing")
        finally:
            if node is not None:
                node.send_signal(signal.SIGTERM)
                node.communicate(timeout=60)
        self.assertIsNotNone(node, "README.md starts no node")

    def start_node(self, command):
        options = self.run_options(command, "node")
        if "--slices" not in options:
            options += ["--slices", "5"]
        node = subprocess.Popen(options, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, start_new_session=True, preexec_fn=_die_with_parent)
        for line in node.stdout:
            if "Ctrl-C stops it" in line:
                return node
        self.fail("./scripts/run ended before the node ran")


if __name__ == "__main__":
    unittest.main()
