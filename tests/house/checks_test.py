"""The checks of the house find what they are there for: each rule is broken once in a small tree."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"

FLOORS = """add_floor(core/base)
add_floor(core/dicom USES core/base)
add_floor(core/matching USES core/dicom core/base)
add_floor(core/index USES core/dicom)
add_floor(core/index/sqlite USES core/index LIBRARIES SQLite::SQLite3)
add_floor(plugin/orthanc USES core/index)
add_floor(plugin/dimse USES core/index)
"""

# path, its include, what the check says of it; empty: nothing.
INCLUDES = (
    ("core/matching/a.cpp", "core/dicom/tag.hpp", ""),
    ("core/index/sqlite/a.cpp", "core/base/result.hpp", ""),
    ("core/index/sqlite/a.cpp", "sqlite3.h", ""),
    ("plugin/plugin.cpp", "core/matching/matching.hpp", ""),
    ("plugin/plugin.cpp", "orthanc/OrthancCPlugin.h", ""),
    ("plugin/dimse/a.cpp", "boost/asio.hpp", ""),
    ("core/dicom/a.cpp", "core/matching/matching.hpp", "core/dicom may not use core/matching"),
    ("core/index/a.cpp", "core/matching/matching.hpp", "core/index may not use core/matching"),
    ("core/index/a.cpp", "core/index/sqlite/store.hpp", "core/index may not use core/index/sqlite"),
    ("core/index/a.cpp", "sqlite3.h", "SQLite (sqlite3.h) belongs to core/index/sqlite"),
    ("core/matching/a.cpp", "dcmtk/dcmdata/dctk.h", "DCMTK's data sets"),
    ("plugin/orthanc/a.cpp", "sys/socket.h", "sockets (sys/socket.h) belongs to"),
    ("plugin/orthanc/a.cpp", "boost/asio.hpp", "Boost"),
    ("plugin/dimse/a.cpp", "orthanc/OrthancCPlugin.h", "the Orthanc SDK"),
    ("core/matching/a.cpp", "core/nowhere/a.hpp", "belongs to no declared floor"),
    ("core/loose/a.cpp", "string", "stands in no declared floor"),
)

# path, text, what the check says of it; empty: nothing. Written in pieces so that the check does not find this file.
FILES = (
    ("core/base/date.cpp", "int a;\n", ""),
    ("core/base/string_utils.cpp", "", "a name that says nothing"),
    ("core/base/connection_manager.hpp", "", "a name that says nothing"),
    ("core/base/long.cpp", "\n" * 601, "601 lines"),
    ("core/base/full.cpp", "\n" * 600, ""),
    ("tests/a_test.cpp", "TEST_CASE(\"x\" * doctest::sk" + "ip())\n", "switched off"),
    ("tests/a_test.py", "@unittest.sk" + "ip(\"later\")\n", "switched off"),
    ("scripts/a", "cd /ro" + "ot/project\n", "a path of one machine"),
    ("scripts/a", "cd \"$folder/src\"\n", ""),
    ("scripts/b", "from registry.npm" + "js.org\n", "the host of a package registry"),
)


def run_check(name, root):
    return subprocess.run([sys.executable, str(SCRIPTS / f"check_{name}.py"), str(root)],
                          capture_output=True, text=True, check=False)


class ChecksTest(unittest.TestCase):
    def expect(self, check, files, said):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for path, text in files:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
            result = run_check(check, root)
        self.assertEqual(result.returncode, 1 if said else 0, result.stdout + result.stderr)
        self.assertIn(said, result.stdout)

    def test_each_include_is_held_against_the_floors(self):
        for path, header, said in INCLUDES:
            with self.subTest(path=path, header=header):
                line = f'#pragma once\n#include <{header}>\n'
                self.expect("floors", [("CMakeLists.txt", FLOORS), (path, line)], said)

    def test_a_floor_may_only_use_floors_above_it(self):
        self.expect("floors", [("CMakeLists.txt", "add_floor(core/a USES core/b)\nadd_floor(core/b USES core/a)\n"),
                               ("core/a/a.cpp", "#include <string>\n")], "not declared above it")

    def test_each_file_is_held_against_the_rules_for_names_and_lengths(self):
        for path, text, said in FILES:
            with self.subTest(path=path):
                self.expect("names", [(path, text)], said)


if __name__ == "__main__":
    unittest.main()
