#!/usr/bin/env python3
"""The comparisons of codecs go red when they should: comparisons_fail_test.py BINARY_DIR

A codec_tool with a fault stands before the real one, a peer is taken away, the tool is missing.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import tool

HERE = pathlib.Path(__file__).resolve().parent
SCRIPTS = ("compare_decoders.py", "compare_transcoding.py")
# Turns over the lowest bit of the first byte of what `raw` wrote: one sample of one image is wrong by one.
FAULTY = """#!{python}
import subprocess, sys
real = subprocess.Popen([{tool!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
for line in sys.stdin.buffer:
    real.stdin.write(line)
    real.stdin.flush()
    answer = real.stdout.readline()
    words = line.decode("utf-8", "surrogateescape").rstrip("\\n").split("\\t")
    if words[0] == {command!r} and answer.startswith(b"ok"):
        {fault}
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
"""
WRONG_SAMPLE = """with open(words[2], "r+b") as out:
            first = out.read(1)
            out.seek(0)
            out.write(bytes([first[0] ^ 1]))"""
REFUSED = 'answer = b"no 9 the stream is corrupt\\n"'
LOUD = 'sys.stderr.write("a library speaks")'


class ComparisonsFail(unittest.TestCase):
    binary_dir = ""

    def compared(self, script, binary_dir, path=None):
        environment = dict(os.environ, RECOGNITION_SHARED_TESTDATA="/nowhere")
        if path is not None:
            environment["PATH"] = path
        return subprocess.run([sys.executable, str(HERE / script), str(binary_dir), "--every", "0",
                               "--generated-every", "25"], capture_output=True, text=True, check=False, timeout=300,
                              env=environment)

    def with_fault(self, script, command, fault):
        with tempfile.TemporaryDirectory() as folder:
            faulty = pathlib.Path(folder, "codec_tool")
            real = str(pathlib.Path(self.binary_dir, "codec_tool"))
            faulty.write_text(FAULTY.format(python=sys.executable, tool=real, command=command, fault=fault),
                              encoding="utf-8")
            faulty.chmod(0o755)
            return self.compared(script, folder)

    def test_without_a_fault_they_pass(self):
        for script in SCRIPTS:
            done = self.compared(script, self.binary_dir)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("equal", done.stdout)

    def test_one_wrong_sample_is_a_new_difference(self):
        for script in SCRIPTS:
            done = self.with_fault(script, "raw", WRONG_SAMPLE)
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertIn("NEW DIFFERENCE", done.stdout)

    def test_what_only_others_decode_is_a_new_difference(self):
        done = self.with_fault("compare_decoders.py", "raw", REFUSED)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("only others", done.stdout)

    def test_a_copy_that_cannot_be_written_is_a_new_difference(self):
        done = self.with_fault("compare_transcoding.py", "transcode", REFUSED)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("could not be written", done.stdout)

    def test_a_library_that_speaks_fails(self):
        done = self.with_fault("compare_decoders.py", "raw", LOUD)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("NOT SILENT", done.stdout)

    def test_a_missing_peer_skips_and_is_named(self):
        for script in SCRIPTS:
            done = self.compared(script, self.binary_dir, path="/nowhere")
            self.assertEqual(done.returncode, tool.SKIPPED, done.stdout + done.stderr)
            self.assertIn("dcmdjpeg", done.stdout)

    def test_a_missing_codec_tool_fails(self):
        for script in SCRIPTS:
            self.assertEqual(self.compared(script, "/nowhere").returncode, 1)


if __name__ == "__main__":
    ComparisonsFail.binary_dir = sys.argv.pop(1)
    tool.exit_unless_complete(ComparisonsFail.binary_dir)
    unittest.main()
