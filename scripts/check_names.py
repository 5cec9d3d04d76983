#!/usr/bin/env python3
"""Checks the rules of the house that need no compiler, on every tracked file.

  - no file whose name says nothing (utils, helper, manager, common) and none of more than 600 lines
  - no test that is switched off
  - no path of somebody's machine, no package registry, no leftover of a merge
Prints one line a violation, file:line, and ends with 1 where there is one.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys

MOST_LINES = 600
CODE = {".cpp", ".hpp", ".h", ".py", ".cmake", ".sh", ".js", ".html", ".css"}
EMPTY_NAMES = re.compile(r"(^|_)(utils?|helpers?|managers?)(_|$)|^(common|misc)$")

# Written in pieces, so that this file does not find itself.
ANYWHERE = (
    ("a path of one machine", re.compile(r"(?<![\w.$}])/(?:wor" + r"k|hom" + r"e|roo" + r"t|User" + r"s)/[\w.]")),
    ("the host of a package registry", re.compile(
        r"registry\.npm" + r"js|pypi\.or" + r"g|files\.python" + r"hosted|proxy\.golan" + r"g|crates\.i" + r"o"
        r"|deb\.debia" + r"n|snapshot\.debia" + r"n|mirror\.|artifac" + r"tory")),
    ("a mark of an unfinished merge", re.compile(r"^(<{7}|>{7}) ")),
)
IN_TESTS = (
    ("a test that is switched off", re.compile(
        r"doctest::ski" + r"p|TEST_CASE.*\* *ski" + r"p|unittest\.ski" + r"p\(|@ski" + r"p\(|DISABLE" + r"D")),
)


def tracked(root):
    """Tracked files; in a tree without git (an unpacked archive) all that stand outside build and data."""
    if shutil.which("git"):
        listing = subprocess.run(["git", "-c", "safe.directory=*", "-C", str(root), "ls-files", "-z"],
                                 capture_output=True, check=False)
    else:
        listing = None
    if listing and listing.returncode == 0:
        return [name for name in listing.stdout.decode().split("\0") if name and (root / name).is_file()]
    return [path.relative_to(root).as_posix() for path in sorted(root.rglob("*"))
            if path.is_file() and path.relative_to(root).parts[0] not in ("build", "data", ".git", ".cache")]


def errors_of(root, name):
    path = pathlib.PurePosixPath(name)
    if EMPTY_NAMES.search(path.stem.lower()):
        yield f"{name}:1: a name that says nothing; name the file for its job"
    raw = (root / name).read_bytes()
    if b"\0" in raw or name == "LICENSE":
        return
    lines = raw.decode("utf-8", "replace").splitlines()
    if (path.suffix in CODE or path.parts[0] == "scripts") and len(lines) > MOST_LINES:
        yield f"{name}:{len(lines)}: {len(lines)} lines; over {MOST_LINES} it is several files"
    rules = ANYWHERE + (IN_TESTS if path.parts[0] == "tests" else ())
    for number, line in enumerate(lines, 1):
        for what, pattern in rules:
            if pattern.search(line):
                yield f"{name}:{number}: {what}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root
    names = tracked(root)
    errors = [error for name in names for error in errors_of(root, name)]
    for error in errors:
        print(error)
    print(f"{len(names)} files, {len(errors)} violations")
    return 1 if errors or not names else 0


if __name__ == "__main__":
    sys.exit(main())
