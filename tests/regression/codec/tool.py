"""Drives build/<preset>/codec_tool, and finds the real files beside the clone."""
import csv
import os
import pathlib
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parents[3]


def shared_testdata():
    """The folder of real files, or None."""
    stated = os.environ.get("RECOGNITION_SHARED_TESTDATA")
    folder = pathlib.Path(stated) if stated else SOURCE / ".." / "shared" / "testdata"
    return folder.resolve() if (folder / "INDEX.tsv").is_file() else None


def files_of(folder):
    with open(folder / "INDEX.tsv", encoding="utf-8", newline="") as index:
        return [folder / row["path"] for row in csv.DictReader(index, delimiter="\t", quoting=csv.QUOTE_NONE)]


class CodecTool:
    """One process that answers command after command."""

    def __init__(self, binary_dir):
        self.process = subprocess.Popen([os.path.join(binary_dir, "codec_tool")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def ask(self, *words):
        """The words of the answer behind "ok", or None and the sentence of the failure."""
        self.process.stdin.write(("\t".join(str(word) for word in words) + "\n").encode("utf-8", "surrogateescape"))
        self.process.stdin.flush()
        line = self.process.stdout.readline().decode().rstrip("\n")
        if line.startswith("ok\t"):
            return line.split("\t")[1:], ""
        return None, line[3:] if line else "the tool ended"

    def close(self):
        """What it said on its standard error: libraries must be silent."""
        self.process.stdin.close()
        said = self.process.stderr.read().decode(errors="replace")
        self.process.wait()
        return said, self.process.returncode


def is_broken(path):
    """Files that are made to be broken: what they hold is nobody's truth."""
    return "fuzzing-corpus" in str(path) or "truncated" in path.name
