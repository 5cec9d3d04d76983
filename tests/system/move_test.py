"""C-MOVE: every level, by any card, with counters that tell what happened."""
import unittest

from harness.dimse_tools import Receiver, findscu, movescu, read_file, value
from harness.orthanc_server import free_port
from harness.system_case import RegionCase

# A receiver that takes CT images only: reports are refused when the association is negotiated.
CT_ONLY = """[[TransferSyntaxes]]
[Uncompressed]
TransferSyntax1 = LocalEndianExplicit
TransferSyntax2 = LittleEndianImplicit
[[PresentationContexts]]
[CTOnly]
PresentationContext1 = CTImageStorage\\Uncompressed
[[Profiles]]
[Default]
PresentationContexts = CTOnly
"""


class MoveTest(RegionCase):
    def told_of(self, failures):
        """Through Orthanc's callback the first failure that is told ends the move: it can never say 2."""
        return min(failures, 1)

    def sop_uids(self, keys):
        return {value(read_file(path), "00080018") for key in keys for path in self.region.files(key)}

    def moved(self, keys, expected, receiver=None, **how):
        with receiver or Receiver(self.node.workstation_port) as target:
            result = movescu(self.asked, keys, **how)
            received = set(target.received)
        self.assertEqual(result.status, "0x0000", result.said[-800:])
        self.assertEqual((result.completed, result.failed or 0, result.warning or 0), (len(expected), 0, 0))
        self.assertEqual(received, expected)

    def studies_of(self, person):
        return [key for key, study in self.region.studies.items() if study["person"] == person]

    def test_patient_level_by_each_kind_of_number(self):
        expected = self.sop_uids(self.studies_of("P1"))
        for kind in ("MEDICAL_INSURANCE", "SOCIAL_SECURITY", "HEALTH_CARD", "RESIDENT_ID", "H001"):
            with self.subTest(kind=kind):
                self.moved({"PatientID": self.region.card("P1", kind)}, expected, level="PATIENT", root="-P")

    def test_study_series_and_image_level(self):
        study = self.region.studies["02-head-mr"]["study_instance_uid"]
        series = findscu(self.asked, {"StudyInstanceUID": study, "SeriesInstanceUID": "", "Modality": "MR"},
                         level="SERIES").column("0020000E")
        images = findscu(self.asked, {"StudyInstanceUID": study, "SeriesInstanceUID": series[0], "SOPInstanceUID": ""},
                         level="IMAGE").column("00080018")
        self.moved({"StudyInstanceUID": study}, self.sop_uids(["02-head-mr"]))
        self.moved({"StudyInstanceUID": study, "SeriesInstanceUID": series[0]}, set(images), level="SERIES")
        self.moved({"StudyInstanceUID": study, "SeriesInstanceUID": series[0], "SOPInstanceUID": images[0]}, {images[0]},
                   level="IMAGE")

    def test_a_list_of_studies_moves_each(self):
        keys = ["04-head-ct", "05-chest-dr"]
        uids = "\\".join(self.region.studies[key]["study_instance_uid"] for key in keys)
        self.moved({"StudyInstanceUID": uids}, self.sop_uids(keys))

    def test_what_the_receiver_refuses_is_counted_as_failed_and_the_rest_arrives(self):
        profile = self.folder / "ct_only.cfg"
        profile.write_text(CT_ONLY)
        for key in ("04-head-ct", "01-chest-ct"):  # one report, two reports
            study = self.region.studies[key]
            with Receiver(self.node.workstation_port, options=("-xf", str(profile), "Default")) as receiver:
                result = movescu(self.asked, {"StudyInstanceUID": study["study_instance_uid"]})
                received = set(receiver.received)
            self.assertEqual(result.completed, study["images"], result.said[-800:])
            self.assertEqual(result.failed, self.told_of(len(study["reports"])))
            self.assertEqual(result.status, "0xb000")
            self.assertEqual(len(received), study["images"])

    def test_nothing_to_move_and_nowhere_to_move(self):
        with Receiver(self.node.workstation_port) as receiver:
            nobody = movescu(self.asked, {"PatientID": "NOBODY"}, level="PATIENT", root="-P")
            # Orthanc 1.10.1 writes Completed 1 where there was nothing to do.
            self.assertEqual((nobody.status, nobody.failed or 0, len(receiver.received)), ("0x0000", 0, 0))
        study = self.region.studies["04-head-ct"]
        unknown = movescu(self.asked, {"StudyInstanceUID": study["study_instance_uid"]}, destination="NOWHERE")
        self.assertNotEqual(unknown.status, "0x0000")
        silent = movescu(self.asked, {"StudyInstanceUID": study["study_instance_uid"]})  # nobody listens there
        self.assertNotEqual(silent.status, "0x0000")
        self.assertEqual(silent.completed or 0, 0)

    def test_a_destination_that_is_added_while_running_is_known(self):
        port = free_port()
        body = f'{{"AET": "LATE_WS", "Host": "127.0.0.1", "Port": {port}}}'.encode()
        self.assertEqual(self.node.request("PUT", "/modalities/late", body).status, 200)
        study = self.region.studies["04-head-ct"]["study_instance_uid"]
        self.moved({"StudyInstanceUID": study}, self.sop_uids(["04-head-ct"]), Receiver(port, aet="LATE_WS"),
                   destination="LATE_WS")

    def test_a_moved_object_is_what_was_stored(self):
        study = self.region.studies["03-chest-dr"]["study_instance_uid"]
        with Receiver(self.node.workstation_port) as receiver:
            movescu(self.asked, {"StudyInstanceUID": study})
            sent = {value(model, "00080018"): model for model in map(read_file, self.region.files("03-chest-dr"))}
            for uid, path in receiver.received.items():
                self.assertEqual(read_file(path), sent[uid])


if __name__ == "__main__":
    unittest.main()
