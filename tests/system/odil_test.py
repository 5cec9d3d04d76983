"""A client that is not made of DCMTK on the query/retrieve port: odil.

GDCM's gdcmscu of Debian 12 ends with an exception of its own at the end of every association, on Orthanc's port too.
"""
import json
import pathlib
import subprocess
import tempfile
import unittest

from harness.dimse_tools import Receiver, findscu, read_file, value
from harness.orthanc_server import AET, OrthancServer
from harness.system_case import RegionCase

PYTHON = "/usr/bin/python3"  # Debian's, for which odil is packaged
CLIENT = pathlib.Path(__file__).parent / "harness" / "odil_client.py"


def have_odil():
    return subprocess.run([PYTHON, "-c", "import odil"], capture_output=True, check=False).returncode == 0


@unittest.skipUnless(have_odil(), "python3-odil is not there")
class OdilTest(RegionCase):
    def uids(self, keys):
        return sorted(value(read_file(path), "00080018") for key in keys for path in self.region.files(key))

    def classes(self, key):
        return sorted({value(read_file(path), "00080016") for path in self.region.files(key)})

    def study(self, key):
        return self.region.studies[key]["study_instance_uid"]

    def odil(self, operation, calling="H001_WS", server=None, **asked):
        asked.update(port=(server or self.node).query_retrieve_port, calling=calling, called=AET)
        done = subprocess.run([PYTHON, str(CLIENT), operation, json.dumps(asked)], capture_output=True, timeout=120,
                              check=False)
        last_line = done.stderr.decode(errors="replace").splitlines()[-1:]
        self.assertEqual(done.returncode, 0, f"odil could not {operation}: {last_line}")
        return json.loads(done.stdout)

    def test_echo_and_find(self):
        self.odil("echo")
        card = self.region.card("P1", "MEDICAL_INSURANCE")
        for root in ("patient", "study"):
            found = self.odil("find", root=root, keys={"QueryRetrieveLevel": "STUDY", "PatientID": card,
                                                       "StudyInstanceUID": "", "StudyDate": "", "ModalitiesInStudy": ""})
            self.assertEqual(sorted(row["StudyInstanceUID"] for row in found), sorted(self.region.persons["P1"]["studies"]))
            self.assertTrue(all(row["PatientID"] == card for row in found))
        images = self.odil("find", root="study", keys={
            "QueryRetrieveLevel": "IMAGE", "StudyInstanceUID": self.study("02-head-mr"), "SOPInstanceUID": ""})
        self.assertEqual(sorted(row["SOPInstanceUID"] for row in images), self.uids(["02-head-mr"]))

    def test_get(self):
        of_person = [key for key, study in self.region.studies.items() if study["person"] == "P4"]
        got = self.odil("get", root="patient", classes=sorted({uid for key in of_person for uid in self.classes(key)}),
                        keys={"QueryRetrieveLevel": "PATIENT", "PatientID": self.region.card("P4", "HEALTH_CARD")})
        self.assertEqual(sorted(got), self.uids(of_person))

    def test_move_to_another_program_and_to_itself(self):
        keys = {"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": self.study("02-head-mr")}
        with Receiver(self.node.workstation_port) as receiver:
            self.odil("move", root="study", destination="H001_WS", incoming=0, keys=keys)
            self.assertEqual(sorted(receiver.received), self.uids(["02-head-mr"]))
        moved = self.odil("move", root="study", destination="H001_WS", incoming=self.node.workstation_port, keys=keys)
        self.assertEqual(sorted(moved), self.uids(["02-head-mr"]))

    def test_store(self):
        key, files = "12-chest-ct", self.region.files("12-chest-ct")
        with tempfile.TemporaryDirectory(prefix="recognition-odil-") as folder:
            server = OrthancServer(folder)
            try:
                server.start()
                self.odil("store", calling="H001_CT", server=server, classes=self.classes(key), files=list(map(str, files)))
                found = findscu(server.own_port, {"PatientID": self.region.card("P4", "HEALTH_CARD"), "StudyInstanceUID": "",
                                                  "NumberOfStudyRelatedInstances": ""})
                self.assertEqual([(value(a, "0020000D"), value(a, "00201208")) for a in found.answers],
                                 [(self.study(key), len(files))])
            finally:
                server.kill()


if __name__ == "__main__":
    unittest.main()
