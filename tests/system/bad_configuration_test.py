"""A wrong configuration stops Orthanc at its start with one clear sentence."""
import json
import re
import unittest

from harness.orthanc_server import SOURCE, StartFailed, shipped_configuration
from harness.system_case import SystemCase

CONF = SOURCE / "dicom-conf"


class BadConfigurationTest(SystemCase):
    def assert_refused(self, *words, **settings):
        """Orthanc does not start, and one error line of its log holds all the words."""
        server = self.server(**settings)
        with self.assertRaises(StartFailed) as refused:
            server.start()
        self.assertNotEqual(refused.exception.code, 0)
        self.assertGreaterEqual(refused.exception.code, 0, "ended by a signal")
        said = [line for line in refused.exception.log.splitlines()
                if line.startswith("E") and all(re.search(word, line, re.I) for word in words)]
        self.assertTrue(said, f"no error line with {words}:\n" + refused.exception.log[-1500:])

    def changed(self, name, change):
        """A shipped file of dicom-conf with something wrong in it; its path."""
        content = json.loads((CONF / name).read_text(encoding="utf-8"))
        change(content)
        path = self.folder / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)

    def written(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    @staticmethod
    def first_list(content):
        """The list of entries with codes, whatever its key is called."""
        return max((entry for entry in content.values() if isinstance(entry, list) and "code" in entry[0]), key=len)

    def double_first(self, content):
        entries = self.first_list(content)
        entries.append(dict(entries[0]))

    def test_the_shipped_configuration_is_right(self):
        self.assertEqual(self.started().stop(), 0)

    def test_unknown_keys(self):
        self.assert_refused("Recognition", "Catalouge", recognition={"Catalouge": "x"})
        self.assert_refused("Aets", "Echo", recognition={"Aets": {"H001_WS": {"Echo": True}}})

    def test_wrong_types_and_values(self):
        self.assert_refused("Enable", recognition={"Enable": "yes"})
        self.assert_refused("DicomWebRoot", recognition={"DicomWebRoot": 5})
        self.assert_refused("RecognitionElements", recognition={"Aets": {"H001_WS": {"RecognitionElements": "Perhaps"}}})
        self.assert_refused("HttpInstitution|H999", recognition={"HttpInstitution": "H999"})
        self.assert_refused("Recognition", options={"Recognition": [1]})

    def test_bad_json_and_missing_files(self):
        for key in ("Catalogue", "Institutions", "Cards"):
            with self.subTest(key):
                broken = self.written(f"{key}.json", '{"items": [')
                self.assert_refused(f"{key}.json", recognition={key: broken})
                self.assert_refused("no-such-file.json", recognition={key: str(self.folder / "no-such-file.json")})

    def test_duplicate_codes(self):
        for key, name in (("Catalogue", "catalogue.json"), ("Institutions", "institutions.json")):
            with self.subTest(key):
                self.assert_refused(name, "code", "twice|duplicate|already",
                                    recognition={key: self.changed(name, self.double_first)})

    def test_an_unreadable_database(self):
        server = self.started()
        server.stop()
        for path in (server.folder / "data" / "index").iterdir():
            if path.is_file():
                path.write_bytes(b"this is no database " * 500)
        with self.assertRaises(StartFailed) as refused:
            server.start()
        self.assertRegex(refused.exception.log, r"(?im)^E.*(database|index)")
        self.assert_refused("directory|folder|database", recognition={"DataDirectory": "/proc/no/such/folder"})

    def test_switched_off_it_leaves_orthanc_alone(self):
        server = self.server(recognition={"Enable": False})
        server.launch()
        server.plugin = False  # ready when Orthanc is
        server.wait_ready()
        self.assertEqual(server.get("/recognition/status").status, 404)

    def test_the_shipped_file_is_read_the_same_by_the_tests(self):
        configuration = shipped_configuration({})
        self.assertEqual(configuration["DefaultEncoding"], "Utf8")
        self.assertEqual((configuration["HttpPort"], configuration["DicomPort"]), (8042, 4242))


if __name__ == "__main__":
    unittest.main()
