"""Identity: any card and any local number of a person finds all studies of that person, and nobody else's."""
import unittest

from harness import part10
from harness.dimse_tools import findscu, storescu, value, values
from harness.system_case import RegionCase, SystemCase

WORKSTATIONS = ("H001_WS", "H002_WS", "H003_WS")
KEYS = {"StudyInstanceUID": "", "PatientName": ""}


class CardsOfTheRegionTest(RegionCase):
    settings = {"recognition": {"Aets": {"H002_WS": {"EchoPatientID": False}}}}

    def studies_by(self, patient_id, aet="H001_WS", issuer=None, **more):
        keys = {"PatientID": patient_id, **({"IssuerOfPatientID": issuer} if issuer else {}), **KEYS, **more}
        found = findscu(self.asked, keys, aet=aet)
        self.assertEqual(found.status, "Success")
        return found.column("0020000D")

    def assert_finds(self, person, patient_id, **how):
        """Exactly the studies of that person, each once; of nobody where person is None."""
        expected = sorted(self.region.persons[person]["studies"]) if person else []
        # Not assertEqual on the numbers: a failed test must not print them either.
        self.assertEqual(sorted(self.studies_by(patient_id, **how)), expected)

    def test_every_number_of_a_person_finds_all_studies_each_once(self):
        for key, person in self.region.persons.items():
            for card in person["cards"]:
                with self.subTest(person=key, kind=card["issuer"]):
                    expected = key if card["sent"] else None
                    for aet in WORKSTATIONS:
                        self.assert_finds(expected, card["value"], aet=aet)
                    self.assert_finds(expected, card["value"], issuer=card["issuer"])
            for local in person["local_ids"]:
                with self.subTest(person=key, hospital=local["issuer"]):
                    expected = key if local["sent"] else None
                    self.assert_finds(expected, local["value"], issuer=local["issuer"], aet="H003_WS")
                    if local["sent"]:
                        self.assert_finds(key, local["value"], aet=local["issuer"] + "_WS")

    def test_a_number_of_two_hospitals_is_the_askers_own_or_nobodys(self):
        shared = self.region.card("P1", "H001")
        self.assertEqual(shared, self.region.card("P2", "H002"), "the region lost its trap")
        self.assert_finds("P1", shared, aet="H001_WS")
        self.assert_finds("P2", shared, aet="H002_WS")
        self.assert_finds(None, shared, aet="H003_WS")
        self.assert_finds("P1", shared, aet="H003_WS", issuer="H001")
        self.assert_finds("P2", shared, aet="H003_WS", issuer="H002")
        self.assert_finds(None, shared, aet="H001_WS", issuer="H003")

    def test_a_number_that_one_person_has_elsewhere_is_found_from_anywhere(self):
        self.assert_finds("P1", self.region.card("P1", "H002"), aet="H001_WS")
        self.assert_finds("P4", self.region.card("P4", "H003"), aet="H002_WS")

    def test_an_issuer_keeps_a_number_in_its_domain(self):
        self.assert_finds(None, self.region.card("P1", "MEDICAL_INSURANCE"), issuer="SOCIAL_SECURITY")
        self.assert_finds(None, self.region.card("P4", "H001"), issuer="HEALTH_CARD")
        self.assert_finds(None, self.region.card("P4", "H001"), issuer="NO_SUCH_ISSUER")

    def test_a_resident_id_is_read_in_each_of_its_forms(self):
        with_x = self.region.card("P1", "RESIDENT_ID")
        self.assertTrue(with_x.endswith("X"))
        self.assert_finds("P1", with_x.lower())
        self.assert_finds("P2", self.region.card("P2", "RESIDENT_ID"))

    def test_answers_echo_what_was_asked_and_carry_the_stored_numbers(self):
        card = self.region.card("P1", "MEDICAL_INSURANCE")
        keys = {"PatientID": card, "OtherPatientIDsSequence": "", **KEYS}
        for answer in findscu(self.asked, keys).answers:
            study = self.region.by_uid[value(answer, "0020000D")]
            stored = {value(item, "00100020") for item in values(answer, "00101002")}
            self.assertTrue(value(answer, "00100020") == card and study["patient_id"] in stored)
        for answer in findscu(self.asked, keys, aet="H002_WS").answers:  # its setting turns the echo off
            study = self.region.by_uid[value(answer, "0020000D")]
            self.assertTrue(value(answer, "00100020") == study["patient_id"])

    def test_patient_root_and_deeper_levels_take_cards_too(self):
        card = self.region.card("P1", "HEALTH_CARD")
        found = findscu(self.asked, {"PatientID": card, "StudyInstanceUID": ""}, root="-P")
        self.assertEqual(sorted(found.column("0020000D")), sorted(self.region.persons["P1"]["studies"]))
        study = self.region.studies["02-head-mr"]
        series = findscu(self.asked, {"PatientID": card, "StudyInstanceUID": study["study_instance_uid"],
                                     "SeriesInstanceUID": "", "NumberOfSeriesRelatedInstances": ""},
                         level="SERIES", root="-P")
        self.assertEqual(sum(int(value(answer, "00201209")) for answer in series.answers), self.region.objects("02-head-mr"))
        images = findscu(self.asked, {"PatientID": card, "StudyInstanceUID": study["study_instance_uid"],
                                     "SeriesInstanceUID": value(series.answers[0], "0020000E"), "SOPInstanceUID": ""},
                         level="IMAGE")
        self.assertEqual(len(set(images.column("00080018"))), int(value(series.answers[0], "00201209")))
        patients = findscu(self.asked, {"PatientID": card, "PatientName": ""}, level="PATIENT", root="-P")
        self.assertGreaterEqual(len(patients.answers), 1)

    def test_an_unknown_caller_is_given_nothing(self):
        with self.assertRaises(AssertionError):
            findscu(self.asked, {"PatientID": self.region.card("P1", "H001"), **KEYS}, aet="STRANGER")


class ConflictTest(SystemCase):
    def test_a_card_that_would_join_two_residents_joins_nobody_and_is_listed(self):
        first, second, card = "330999196803120151", "330999195511200152", "330999100000990"
        first, second = (number[:17] + check_character(number[:17]) for number in (first, second))
        self.secrets |= {first, second, card, "LOCAL771", "LOCAL772", "Wu^Yi", "Wu^Er"}
        server, folder = self.started(), self.files_folder()
        studies = {}
        for local, name, resident in (("LOCAL771", "Wu^Yi", first), ("LOCAL772", "Wu^Er", second)):
            studies[local] = part10.new_uid("1")
            part10.write_instance(folder / f"{local}.dcm", patient_id=local, issuer="H001", name=name, study=studies[local],
                                  cards=[(resident, "RESIDENT_ID"), (card, "MEDICAL_INSURANCE")])
            self.assertEqual(storescu(self.door(server), folder / f"{local}.dcm", options=())[1], ["Success"])

        def found(patient_id):
            return findscu(self.door(server), {"PatientID": patient_id, "StudyInstanceUID": ""}).column("0020000D")

        for _ in range(2):  # and the same after a restart
            self.assertEqual(found(first), [studies["LOCAL771"]])
            self.assertEqual(found(second), [studies["LOCAL772"]])
            self.assertEqual(found("LOCAL771"), [studies["LOCAL771"]])
            self.assertEqual(found("LOCAL772"), [studies["LOCAL772"]])
            self.assertLessEqual(len(found(card)), 1)
            self.assertEqual(server.status()["conflicts"], 1)
            listed = server.get("/recognition/conflicts")
            self.assertEqual(listed.status, 200)
            self.assertEqual([row["domain"] for row in listed.json()], ["MEDICAL_INSURANCE"])
            self.assertFalse(card in listed.text, "the list shows the whole number")
            server.restart()
        self.assertRegex(server.log(), "(?i)conflict")


def check_character(first_17_digits):
    """GB 11643-1999."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(w * int(digit) for w, digit in zip(weights, first_17_digits)) % 11]


if __name__ == "__main__":
    unittest.main()
