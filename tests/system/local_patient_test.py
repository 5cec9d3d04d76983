"""Copies under the receiver's own Patient ID: C-MOVE on both ports, C-GET, and pre-fetch push."""
import pathlib
import subprocess
import time
import unittest

from harness.dimse_tools import Receiver, findscu, getscu, movescu, read_file, tool_path, value
from harness.system_case import RegionCase

PATIENT_ID, ISSUER, NAME, SOP_UID = "00100020", "00100021", "00100010", "00080018"
OTHER_IDS, ORIGINAL, MODIFIED = "00101002", "04000561", "04000550"
CHANGED = {PATIENT_ID, ISSUER, NAME, OTHER_IDS, ORIGINAL, "00080005"}
PIXELS = "7FE00010"


def pixel_bytes(path):
    """The pixel data as DCMTK reads it, in hexadecimal."""
    done = subprocess.run([tool_path("dcmdump"), "+P", PIXELS.lower()[:4] + "," + PIXELS.lower()[4:], "+L", str(path)],
                          capture_output=True, timeout=30, check=True)
    return done.stdout


def arrived(receiver, count, seconds=20):
    """Waits until so many files are complete; {SOP Instance UID: file}."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and len(receiver.received) < count:
        time.sleep(0.05)
    return receiver.received


class LocalPatientTest(RegionCase):
    settings = {"recognition": {"Aets": {"H001_WS": {"LocalPatientID": True}}}}
    # 03-chest-dr is of P1, made by H002; P1 is 20210045 at H001 and M000317 at H002.
    foreign, own = "03-chest-dr", "01-chest-ct"

    def sent(self, key):
        return {value(read_file(path), SOP_UID): path for path in self.region.files(key)}

    def uid(self, key):
        return self.region.studies[key]["study_instance_uid"]

    def check_copy(self, copy, original):
        now, before = read_file(copy), read_file(original)
        self.assertEqual(value(now, PATIENT_ID), self.region.card("P1", "H001"))
        self.assertNotEqual(value(before, PATIENT_ID), value(now, PATIENT_ID))
        replaced = now[ORIGINAL]["Value"][-1]
        self.assertEqual(value(replaced, "04000565"), "COERCE")
        self.assertEqual(value(replaced[MODIFIED]["Value"][0], PATIENT_ID), value(before, PATIENT_ID))
        others = [value(item, PATIENT_ID) for item in now[OTHER_IDS]["Value"]]
        self.assertIn(value(before, PATIENT_ID), others)
        self.assertEqual({tag: now[tag] for tag in now if tag not in CHANGED and tag != PIXELS},
                         {tag: before[tag] for tag in before if tag not in CHANGED and tag != PIXELS})
        if PIXELS in before:
            self.assertEqual(pixel_bytes(copy), pixel_bytes(original))

    def move(self, server, key, destination):
        with Receiver(self.node.workstation_port, aet=destination) as receiver:
            result = movescu(server, {"StudyInstanceUID": self.uid(key)}, aet=destination, destination=destination)
            self.assertEqual(result.status, "0x0000", result.said[-800:])
            originals = self.sent(key)
            received = receiver.received
            self.assertEqual(set(received), set(originals))
            for uid, path in received.items():
                yield path, originals[uid]

    def test_a_foreign_prior_arrives_under_the_own_number_by_either_port(self):
        for server in (self.node, self.node.own_port):
            with self.subTest(port=server.dicom_port):
                for copy, original in self.move(server, self.foreign, "H001_WS"):
                    self.check_copy(copy, original)

    def test_own_exams_and_other_destinations_get_what_is_stored(self):
        for key, destination in ((self.own, "H001_WS"), (self.foreign, "H003_WS")):
            for copy, original in self.move(self.node.own_port, key, destination):
                now, before = read_file(copy), read_file(original)
                self.assertEqual(value(now, PATIENT_ID), value(before, PATIENT_ID))
                self.assertNotIn(ORIGINAL, now)

    def test_c_get_gives_the_same_copies(self):
        folder = self.files_folder("get")
        getscu(self.node.own_port, {"StudyInstanceUID": self.uid(self.foreign)}, folder, aet="H001_WS")
        originals = self.sent(self.foreign)
        got = {value(read_file(path), SOP_UID): path for path in pathlib.Path(folder).iterdir()}
        # getscu proposes image classes and no report.
        self.assertTrue(got and set(got) <= set(originals))
        for uid, path in got.items():
            self.check_copy(path, originals[uid])


class PrefetchTest(RegionCase):
    settings = {"recognition": {
        "Aets": {"H001_WS": {"LocalPatientID": True}},
        "Prefetch": {"Enable": True, "RepeatMinutes": 60, "MaximumAgeDays": 36500, "Push": {"H001": "H001_WS"}}}}

    def test_a_question_by_card_brings_the_foreign_priors_once(self):
        card = self.region.card("P1", "MEDICAL_INSURANCE")
        with Receiver(self.node.workstation_port, aet="H001_WS") as receiver:
            findscu(self.node.own_port, {"PatientID": card, "StudyInstanceUID": ""})
            expected = {value(read_file(path), SOP_UID) for path in self.region.files("03-chest-dr")}
            received = arrived(receiver, len(expected))
            self.assertEqual(set(received), expected)
            for path in received.values():
                self.assertEqual(value(read_file(path), PATIENT_ID), self.region.card("P1", "H001"))
            for path in received.values():
                path.unlink()
            # The same person by another number, by the other port: prepared already.
            findscu(self.node, {"PatientID": self.region.card("P1", "RESIDENT_ID"), "StudyInstanceUID": ""})
            # Somebody else's prior comes after; by then the first person's would have come again.
            findscu(self.node.own_port, {"PatientID": self.region.card("P5", "MEDICAL_INSURANCE"), "StudyInstanceUID": ""})
            others = {value(read_file(path), SOP_UID) for key in ("15-head-ct", "18-chest-dr")
                      for path in self.region.files(key)}
            self.assertEqual(set(arrived(receiver, len(others))), others)

    def test_a_stranger_and_a_pattern_announce_nobody(self):
        with Receiver(self.node.workstation_port, aet="H001_WS") as receiver:
            findscu(self.node.own_port, {"PatientID": "3309*", "StudyInstanceUID": ""})
            findscu(self.node.own_port, {"PatientName": "", "StudyInstanceUID": ""})
            findscu(self.node.own_port, {"PatientID": self.region.card("P4", "MEDICAL_INSURANCE"), "StudyInstanceUID": ""})
            others = {value(read_file(path), SOP_UID) for path in self.region.files("13-hand-dr")}
            self.assertEqual(set(arrived(receiver, len(others))), others)


if __name__ == "__main__":
    unittest.main()
