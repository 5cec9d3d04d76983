"""What the tests of Orthanc's port prove holds on the plugin's query/retrieve port too, and both answer the same."""
import json
import tempfile
import unittest

# As modules: imported into this one, the tests for Orthanc's port would run here a second time.
import cards_test
import move_test
import names_test
import recognition_test
import store_and_find_test
from harness.dimse_tools import echoscu, findscu, getscu, read_file, value
from harness.identifiers import ISSUER, PATIENT_ID, STUDY_UID, identifier
from harness.system_case import OnOwnPort
from harness.upper_layer import STATUS, Association, read_dataset


class CardsTest(OnOwnPort, cards_test.CardsOfTheRegionTest):
    def studies_by(self, patient_id, aet="H001_WS", issuer=None, **more):
        """Without a process for each of the many questions."""
        self.assertEqual(more, {})
        keys = {PATIENT_ID: patient_id, STUDY_UID: "", **({ISSUER: issuer} if issuer else {})}
        with Association(self.asked.dicom_port, calling=aet) as association:
            answers = association.find(identifier(keys))
        self.assertEqual(answers[-1][0][STATUS], 0)
        return [read_dataset(data)[STUDY_UID].decode().strip("\0 ") for _, data in answers[:-1]]

    def test_an_unknown_caller_is_given_nothing(self):
        found = findscu(self.asked, {"PatientID": self.region.card("P1", "H001"), **cards_test.KEYS}, aet="STRANGER")
        self.assertEqual(found.answers, [])
        self.assertRegex(found.status, "NotAuthorized|0x0*124")

    def test_both_ports_answer_the_same(self):
        card, study = self.region.card("P1", "SOCIAL_SECURITY"), self.region.studies["02-head-mr"]["study_instance_uid"]
        name = self.region.persons["P2"]["patient_name"].split("=")[0]
        questions = (
            ("STUDY", "-S", {"PatientID": card, "StudyInstanceUID": "", "PatientName": "", "StudyDescription": "",
                             "ModalitiesInStudy": "", "NumberOfStudyRelatedInstances": "", "OtherPatientIDsSequence": ""}),
            ("STUDY", "-P", {"PatientID": card, "StudyInstanceUID": "", "StudyDate": "20200101-"}),
            ("STUDY", "-S", {"PatientName": name[:4] + "*", "StudyInstanceUID": "", "PatientID": "", "AccessionNumber": ""}),
            ("STUDY", "-S", {"ModalitiesInStudy": "MR", "StudyInstanceUID": "", "StudyTime": "", "InstitutionName": ""}),
            ("STUDY", "-S", {"PatientID": card, "StudyInstanceUID": "", **recognition_test.ELEMENTS}),
            ("PATIENT", "-P", {"PatientID": card, "PatientName": "", "PatientBirthDate": "", "PatientSex": ""}),
            ("SERIES", "-S", {"StudyInstanceUID": study, "SeriesInstanceUID": "", "Modality": "", "SeriesNumber": "",
                              "NumberOfSeriesRelatedInstances": "", "BodyPartExamined": ""}),
            ("IMAGE", "-S", {"StudyInstanceUID": study, "SOPInstanceUID": "", "InstanceNumber": "", "SOPClassUID": ""}),
            ("STUDY", "-S", {"PatientID": "NOBODY", "StudyInstanceUID": ""}))
        for number, (level, root, keys) in enumerate(questions):
            for aet in cards_test.WORKSTATIONS[:2]:
                with self.subTest(question=number, aet=aet):
                    def comparable(server):
                        found = findscu(server, keys, level=level, root=root, aet=aet)
                        self.assertEqual(found.status, "Success")
                        # Ours names a character set only where the answer goes beyond ASCII.
                        return sorted(json.dumps({**answer, "00080005": None}, sort_keys=True) for answer in found.answers)

                    ours, orthancs = comparable(self.node.own_port), comparable(self.node)
                    self.assertEqual(len(ours), len(orthancs))
                    self.assertTrue(ours == orthancs, "the same question was answered differently")  # texts name patients

    def test_echo(self):
        self.assertEqual(echoscu(self.asked), 0)
        self.assertEqual(echoscu(self.asked, aet="STRANGER"), 0)

    def test_c_get_by_card_study_and_series(self):
        study = self.region.studies["02-head-mr"]["study_instance_uid"]
        series = findscu(self.asked, {"StudyInstanceUID": study, "SeriesInstanceUID": "", "Modality": "MR"}, level="SERIES")
        one_series = [series.column("0020000E")[0]]
        images = findscu(self.asked, {"StudyInstanceUID": study, "SeriesInstanceUID": one_series[0], "SOPInstanceUID": ""},
                         level="IMAGE").column("00080018")
        of_person = [key for key, entry in self.region.studies.items() if entry["person"] == "P4"]
        for name, level, root, keys, expected in (
                ("card", "PATIENT", "-P", {"PatientID": self.region.card("P4", "MEDICAL_INSURANCE")}, self.files(of_person)),
                ("study", "STUDY", "-S", {"StudyInstanceUID": study}, self.files(["02-head-mr"])),
                ("series", "SERIES", "-S", {"StudyInstanceUID": study, "SeriesInstanceUID": one_series[0]}, images),
                ("images", "IMAGE", "-S", {"StudyInstanceUID": study, "SeriesInstanceUID": one_series[0],
                                           "SOPInstanceUID": "\\".join(images[:2])}, images[:2])):
            with self.subTest(name), tempfile.TemporaryDirectory(dir=self.folder) as folder:
                result = getscu(self.asked, keys, folder, level=level, root=root)
                self.assertEqual((result.status, result.completed, result.failed), ("0x0000", len(set(expected)), 0))
                self.assertEqual({value(read_file(path), "00080018") for path in self.paths(folder)}, set(expected))

    def test_what_c_get_brings_is_what_was_stored(self):
        sent = {value(model, "00080018"): model for model in map(read_file, self.region.files("12-chest-ct"))}
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            getscu(self.asked, {"StudyInstanceUID": self.region.studies["12-chest-ct"]["study_instance_uid"]}, folder)
            got = {value(model, "00080018"): model for model in map(read_file, self.paths(folder))}
        self.assertTrue(got == sent)

    def paths(self, folder):
        return sorted(type(self.folder)(folder).iterdir())

    def files(self, keys):
        return [value(read_file(path), "00080018") for key in keys for path in self.region.files(key)]


class MoveTest(OnOwnPort, move_test.MoveTest):
    def told_of(self, failures):
        return failures


class NamesTest(OnOwnPort, names_test.NamesTest):
    test_the_real_files_of_each_set = None  # of storing and answering nothing new


class RecognitionTest(OnOwnPort, recognition_test.RecognitionTest):
    pass


class StoreAndFindTest(OnOwnPort, store_and_find_test.StoreAndFindTest):
    # These are about the index, however the instances came.
    test_the_index_is_kept_over_a_restart_and_made_anew_when_it_is_lost = None
    test_what_happened_while_the_plugin_was_not_loaded_is_caught_up = None


if __name__ == "__main__":
    unittest.main()
