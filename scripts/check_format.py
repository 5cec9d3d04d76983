#!/usr/bin/env python3
"""Checks that every C++ file is as clang-format would leave it; with --fix makes it so.

Ends with 77, which ctest counts as skipped, where that clang-format is not installed.
"""
import pathlib
import re
import shutil
import subprocess
import sys

# Versions differ in small things; the tree is formatted by Debian 12's.
VERSION = 14


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    tool = shutil.which(f"clang-format-{VERSION}") or shutil.which("clang-format")
    if tool is None:
        print("clang-format is not installed; nothing was checked")
        return 77
    said = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout
    if f"version {VERSION}." not in said:
        print(f"clang-format {VERSION} is wanted, here is: {said.strip()}; nothing was checked")
        return 77
    files = [str(path) for folder in ("core", "plugin", "tests", "testdata") for path in sorted((root / folder).rglob("*"))
             if re.fullmatch(r"\.[ch]pp|\.h", path.suffix)]
    if not files:
        print("no C++ file was found")
        return 1
    mode = ["-i"] if "--fix" in sys.argv[1:] else ["--dry-run", "-Werror"]
    checked = subprocess.run([tool, *mode, "--style=file", *files], cwd=root, check=False)
    print(f"{len(files)} files")
    return checked.returncode


if __name__ == "__main__":
    sys.exit(main())
