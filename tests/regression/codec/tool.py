"""Drives build/<preset>/codec_tool, and says what a comparison needs and whether it is there."""
import csv
import os
import pathlib
import re
import shutil
import subprocess
import sys

SKIPPED = 77 # ctest's SKIP_RETURN_CODE
SOURCE = pathlib.Path(__file__).resolve().parents[3]
PROGRAMS = {"dcmtk": ("dcmconv", "dcmdump", "dcmcjpeg", "dcmdjpeg", "dcmcjpls", "dcmdjpls", "dcmcrle", "dcmdrle"),
            "openjph-tools": ("ojph_compress", "ojph_expand")}
SECONDS = 120 # of one program of a peer


def _lacking_modules():
    for module in ("numpy", "gdcm"):
        try:
            __import__(module)
        except ImportError:
            yield f"python3-{module} (Debian's python3 has it; this one is {sys.executable})"


def exit_unless_complete(binary_dir):
    """A missing peer skips the test and says so; a missing codec_tool, which every build makes, fails it."""
    lacking = list(_lacking_modules())
    for package, programs in PROGRAMS.items():
        gone = [program for program in programs if not shutil.which(program)]
        if gone:
            lacking.append(f"{package} ({', '.join(gone)})")
    if lacking:
        print("SKIPPED, nothing was compared. Missing: " + "; ".join(lacking))
        print("scripts/install_packages test brings them.")
        sys.exit(SKIPPED)
    if not os.access(pathlib.Path(binary_dir, "codec_tool"), os.X_OK):
        print(f"codec_tool is not built in {binary_dir}")
        sys.exit(1)


def shared_testdata():
    """The folder of real files, or None."""
    stated = os.environ.get("RECOGNITION_SHARED_TESTDATA")
    folder = pathlib.Path(stated) if stated else SOURCE / ".." / "shared" / "testdata"
    return folder.resolve() if (folder / "INDEX.tsv").is_file() else None


def real_files(every, always):
    """(name, path) of every n-th real file and of all whose name is in `always`; none where there are no such files."""
    folder = shared_testdata()
    if folder is None:
        return []
    with open(folder / "INDEX.tsv", encoding="utf-8", newline="") as index:
        names = [row["path"] for row in csv.DictReader(index, delimiter="\t", quoting=csv.QUOTE_NONE)]
    return [(name, folder / name) for n, name in enumerate(names) if n % every == 0 or name in always]


def run(*command):
    """Whether a peer's program did it."""
    try:
        return subprocess.run([str(word) for word in command], capture_output=True, check=False,
                              timeout=SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def versions():
    """Of GDCM and DCMTK, whose differences are listed."""
    import gdcm
    said = subprocess.run(["dcmdump", "--version"], capture_output=True, check=False).stdout.decode(errors="replace")
    found = re.search(r"v(\d+\.\d+\.\d+)", said)
    return f"gdcm {gdcm.Version.GetVersion()}, dcmtk {found.group(1) if found else 'unknown'}"


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
        if not line:
            raise RuntimeError("codec_tool ended at: " + " ".join(map(str, words)) + "\n" +
                               self.process.stderr.read().decode(errors="replace")[-3000:])
        return (line.split("\t")[1:], "") if line.startswith("ok\t") else (None, line[3:])

    def close(self):
        """What it said on its standard error: libraries must be silent."""
        self.process.stdin.close()
        said = self.process.stderr.read().decode(errors="replace")
        self.process.wait()
        return said, self.process.returncode
