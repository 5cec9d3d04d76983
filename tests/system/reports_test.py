"""Reports: rows by any card of the patient, and the document as it was stored."""
import unittest

from harness import part10
from harness.dimse_tools import storescu
from harness.system_case import RegionCase


class ReportsTest(RegionCase):
    class_secrets = {"PDFONLY1"}

    def rows(self, card, issuer=None):
        reply = self.node.get(f"/recognition/reports?card={card}" + (f"&issuer={issuer}" if issuer else ""))
        self.assertEqual(reply.status, 200)
        return reply.json()

    def expected(self, person):
        return {report["sop_instance_uid"]: (report, study) for study in self.region.studies.values()
                if study["person"] == person for report in study["reports"]}

    def test_each_card_lists_all_reports_of_its_person(self):
        for key, person in self.region.persons.items():
            expected = self.expected(key)
            for card in person["cards"]:
                if not card["sent"]:
                    continue
                with self.subTest(person=key, kind=card["issuer"]):
                    rows = {row["identifier"]: row for row in self.rows(card["value"])}
                    self.assertEqual(set(rows), set(expected))
                    for uid, (report, study) in expected.items():
                        row = rows[uid]
                        self.assertEqual(
                            (row["status"], row["study"], row["institution"], row["study_date"], row["item"]),
                            (report["status"], study["study_instance_uid"], study["institution"], study["study_date"],
                             study["item"] or ""))
                        self.assertTrue(row["date"] and row["institution_name"])

    def test_an_issuer_narrows_and_a_stranger_has_none(self):
        card = self.region.card("P1", "MEDICAL_INSURANCE")
        self.assertEqual(len(self.rows(card, "MEDICAL_INSURANCE")), len(self.expected("P1")))
        self.assertEqual(self.rows(card, "SOCIAL_SECURITY"), [])
        self.assertEqual(self.rows("NOBODY"), [])
        self.assertEqual(self.node.get("/recognition/reports").status, 400)
        self.assertEqual(self.node.get("/recognition/reports?card=").status, 400)
        self.assertEqual(self.node.get("/recognition/reports/1.2.3.4/document").status, 404)

    def test_the_document_is_the_pdf_that_was_stored(self):
        for study in self.region.studies.values():
            for report in study["reports"]:
                with self.subTest(study=study["key"], form=report["form"]):
                    reply = self.node.get(f"/recognition/reports/{report['sop_instance_uid']}/document")
                    self.assertEqual(reply.status, 200)
                    file = (self.region.folder / report["file"]).read_bytes()
                    if report["form"] == "PDF":
                        self.assertEqual(reply.headers["Content-Type"].split(";")[0], "application/pdf")
                        self.assertTrue(reply.body.startswith(b"%PDF-") and reply.body in file)
                        self.assertIn(b"%%EOF", reply.body[-8:])
                    else:
                        self.assertRegex(reply.headers["Content-Type"], "^text/")
                        self.assertRegex(reply.text, "[\u4e00-\u9fff]{4}")

    def test_the_text_of_a_structured_report_is_in_its_row(self):
        rows = self.rows(self.region.card("P1", "MEDICAL_INSURANCE"))
        self.assertIn("右肺上叶实性结节", str(rows))

    def test_a_pdf_of_any_bytes_comes_back_the_same(self):
        document = b"%PDF-1.4\n" + bytes(range(256)) * 8 + b"\n%%EOF\n"
        sop = part10.new_uid("3")
        path = self.files_folder() / "report.dcm"
        elements = {0x00420010: ("ST", "Report"), 0x00420011: ("OB", document), 0x00420012: ("LO", "application/pdf"),
                    0x00420015: ("UL", len(document).to_bytes(4, "little")), 0x7FE00010: ("OB", None)}
        part10.write_instance(path, patient_id="PDFONLY1", issuer="H001", sop=sop, sop_class=part10.ENCAPSULATED_PDF,
                              more=elements)
        self.assertEqual(storescu(self.node, path, aet="H001_RIS", options=())[1], ["Success"])
        reply = self.node.get(f"/recognition/reports/{sop}/document")
        self.assertEqual(reply.status, 200)
        self.assertEqual(reply.body, document)


if __name__ == "__main__":
    unittest.main()
