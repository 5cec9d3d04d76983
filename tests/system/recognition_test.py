"""Verdicts in study-level answers: complete, for the asker, only where they are wanted."""
import datetime
import unittest

from harness.dimse_tools import findscu, value
from harness.system_case import RegionCase

CREATOR = "RECOGNITION 1.0"
VERDICTS = {"RECOGNISED", "EXPIRED", "OUT_OF_SCOPE", "NOT_LISTED", "QUALITY_LAPSED", "REPORT_PENDING", "INCOMPLETE",
            "CONSENT_NEEDED"}
ELEMENTS = {"0b01,0010": CREATOR, **{f"0b01,10{at:02x}": "" for at in range(1, 13)}}


class RecognitionTest(RegionCase):
    settings = {"recognition": {"Aets": {"H002_WS": {"RecognitionElements": "Always"},
                                         "H003_WS": {"VerdictInDescription": True}}}}

    def answers(self, person, aet="H001_WS", elements=True):
        keys = {"PatientID": self.region.card(person, "MEDICAL_INSURANCE"), "StudyInstanceUID": "", "StudyDescription": "",
                **(ELEMENTS if elements else {})}
        found = findscu(self.asked, keys, aet=aet)
        self.assertEqual(found.status, "Success")
        return {self.region.by_uid[value(answer, "0020000D")]["key"]: answer for answer in found.answers}

    def test_each_study_has_its_item_and_a_complete_verdict(self):
        seen = {}
        today = datetime.date.today().strftime("%Y%m%d")
        for person in self.region.persons:
            for key, answer in self.answers(person).items():
                with self.subTest(study=key):
                    study = self.region.studies[key]
                    seen[key] = verdict = value(answer, "0B011001")
                    self.assertEqual(value(answer, "0B010010"), CREATOR)
                    self.assertIn(verdict, VERDICTS)
                    self.assertTrue(value(answer, "0B011008"), "no reason")
                    self.assertEqual(value(answer, "0B011006"), study["institution"])
                    self.assertTrue(value(answer, "0B011007"), "no name of the institution")
                    if study["item"]:
                        self.assertEqual(value(answer, "0B011002"), study["item"])
                        self.assertTrue(value(answer, "0B011003"), "no name of the item")
                    else:
                        self.assertEqual(verdict, "NOT_LISTED")
                    if verdict == "RECOGNISED":
                        self.assertIn("HR", value(answer, "0B011004"))
                        self.assertGreaterEqual(value(answer, "0B011005"), today)
                        self.assertGreater(float(value(answer, "0B011009")), 0)
                    statuses = {report["status"] for report in study["reports"]}
                    expected = "NONE" if not statuses else statuses.pop() if len(statuses) == 1 else "AMENDED"
                    self.assertEqual(value(answer, "0B01100B"), expected)
        self.assertEqual(len(seen), len(self.region.studies))
        self.assertIn("RECOGNISED", seen.values())
        self.assertEqual(seen["05-chest-dr"], "REPORT_PENDING")  # its report is preliminary
        self.assertEqual(seen["14-planning-ct"], "NOT_LISTED")

    def test_the_elements_are_given_only_where_they_are_wanted(self):
        for answer in self.answers("P1", elements=False).values():
            self.assertFalse([tag for tag in answer if tag.startswith("0B01")])
        for answer in self.answers("P1", aet="H002_WS", elements=False).values():
            self.assertIn(value(answer, "0B011001"), VERDICTS)
        for answer in self.answers("P1", aet="H003_WS", elements=False).values():
            self.assertRegex(value(answer, "00081030"), r"^\[[^\]]+\]")

    def test_a_verdict_is_for_the_asker(self):
        verdicts = {aet: {key: value(answer, "0B011001") for person in self.region.persons
                          for key, answer in self.answers(person, aet=aet).items()}
                    for aet in ("H001_WS", "H002_WS", "H003_WS")}
        self.assertEqual(len(verdicts["H001_WS"]), len(verdicts["H003_WS"]))
        self.assertNotEqual(verdicts["H001_WS"], verdicts["H003_WS"], "tier and scope made no difference")


if __name__ == "__main__":
    unittest.main()
