"""DICOMweb: searches give what C-FIND gives, retrieved objects are the bytes that were stored."""
import email
import http.client
import json
import unittest
import urllib.parse

from harness.dimse_tools import curl, findscu, read_file, value, values
from harness.system_case import RegionCase

CREATOR = "0B010010=RECOGNITION%201.0"


def parts_of(reply):
    """The parts of a multipart/related reply: (headers, body) each, told apart by the boundary alone."""
    header = email.message_from_string("Content-Type: " + reply.headers["Content-Type"])
    boundary = b"--" + header.get_param("boundary").encode()
    found = []
    for piece in (b"\r\n" + reply.body).split(b"\r\n" + boundary)[1:]:
        if piece.startswith(b"--"):
            break
        head, body = piece.split(b"\r\n\r\n", 1)
        found.append((email.message_from_bytes(head.lstrip(b"\r\n")), body))
    return found


class DicomWebTest(RegionCase):
    def setUp(self):
        super().setUp()
        self.card = self.region.card("P1", "MEDICAL_INSURANCE")

    def uid(self, key):
        return self.region.studies[key]["study_instance_uid"]

    def search(self, path):
        reply = self.node.get("/dicom-web" + path)
        self.assertEqual(reply.status, 200, path.split("?")[0])
        self.assertTrue(reply.headers["Content-Type"].startswith("application/dicom+json"))
        return reply.json()

    def stored(self):
        """{SOP Instance UID: bytes} as Orthanc's own REST gives them."""
        return {row["MainDicomTags"]["SOPInstanceUID"]: self.node.get(f"/instances/{row['ID']}/file").body
                for row in self.node.get("/instances?expand").json()}

    def test_a_search_answers_what_c_find_answers(self):
        for person in self.region.persons.values():
            for number in person["cards"] + person["local_ids"]:
                with self.subTest(person=person["key"], issuer=number["issuer"]):
                    reply = self.node.get(f"/dicom-web/studies?PatientID={number['value']}&{CREATOR}"
                                          "&includefield=0B011001,0B011002,0B011008")
                    answers = reply.json() if reply.status == 200 else []
                    found = findscu(self.node, {"PatientID": number["value"], "StudyInstanceUID": "", "0b01,0010":
                                                "RECOGNITION 1.0", "0b01,1001": "", "0b01,1002": "", "0b01,1008": ""})
                    rows = [sorted([value(a, tag) or "" for tag in ("0020000D", "0B011001", "0B011002", "0B011008")]
                                   for a in side) for side in (answers, found.answers)]
                    self.assertEqual(rows[0], rows[1])

    def test_series_and_instances_are_searched_at_every_resource(self):
        study, expected = self.uid("02-head-mr"), self.region.objects("02-head-mr")
        self.assertEqual(len(self.search(f"/studies/{study}/instances")), expected)
        self.assertEqual(len(self.search(f"/instances?StudyInstanceUID={study}")), expected)
        series = self.search(f"/studies/{study}/series?Modality=MR&includefield=00201209")
        relational = self.search(f"/series?StudyInstanceUID={study}&Modality=MR&includefield=00201209")
        self.assertEqual(series, [{tag: entry for tag, entry in answer.items() if tag in series[0]} for answer in relational])
        self.assertTrue(all("00100020" in answer for answer in relational))
        one = value(series[0], "0020000E")
        self.assertEqual(len(self.search(f"/studies/{study}/series/{one}/instances")), value(series[0], "00201209"))
        self.assertEqual(len(self.search(f"/studies/{study}/instances?limit=2")), 2)
        all_of_it = [value(a, "00080018") for a in self.search(f"/studies/{study}/instances")]
        paged = [value(a, "00080018") for at in range(0, expected, 3)
                 for a in self.search(f"/studies/{study}/instances?limit=3&offset={at}")]
        self.assertEqual(paged, all_of_it)

    def test_matching_by_name_date_and_modality(self):
        name = urllib.parse.quote("张*")
        self.assertEqual({value(a, "0020000D") for a in self.search(f"/studies?PatientName={name}")},
                         set(self.region.persons["P1"]["studies"]))
        day = self.region.studies["01-chest-ct"]["study_date"]
        expected = {study["study_instance_uid"] for study in self.region.studies.values() if study["study_date"] == day}
        self.assertEqual({value(a, "0020000D") for a in self.search(f"/studies?StudyDate={day}-{day}")}, expected)
        mr = {value(a, "0020000D") for a in self.search("/studies?ModalitiesInStudy=MR")}
        self.assertEqual(mr, {study["study_instance_uid"] for study in self.region.studies.values()
                              if study["modality"] == "MR"})

    def test_a_study_is_retrieved_byte_for_byte_as_stored(self):
        stored = self.stored()
        study = self.uid("01-chest-ct")
        expected = {value(read_file(path), "00080018") for path in self.region.files("01-chest-ct")}
        reply = self.node.get(f"/dicom-web/studies/{study}", {"Accept": 'multipart/related; type="application/dicom"; '
                                                                        "transfer-syntax=*"})
        self.assertEqual(reply.status, 200)
        parts = parts_of(reply)
        self.assertEqual(len(parts), len(expected))
        bodies = {body for _, body in parts}
        self.assertEqual(bodies, {stored[uid] for uid in expected})
        for head, _ in parts:
            self.assertTrue(head["Content-Type"].startswith("application/dicom"))
        first = sorted(expected)[0]
        series = next(value(read_file(path), "0020000E") for path in self.region.files("01-chest-ct")
                      if value(read_file(path), "00080018") == first)
        one = self.node.get(f"/dicom-web/studies/{study}/series/{series}/instances/{first}",
                            {"Accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'})
        self.assertEqual([body for _, body in parts_of(one)], [stored[first]])
        # As a user types it.
        status, body = curl(self.node, f"/dicom-web/studies/{study}/series/{series}")
        self.assertEqual(status, 200)
        self.assertIn(stored[first], body)

    def test_metadata_has_every_element_of_the_file(self):
        study = self.uid("02-head-mr")
        reply = self.node.get(f"/dicom-web/studies/{study}/metadata")
        self.assertEqual(reply.status, 200)
        given = {value(model, "00080018"): model for model in reply.json()}
        for path in self.region.files("02-head-mr"):
            model = read_file(path)
            answer = given.pop(value(model, "00080018"))
            model.pop("7FE00010", None)
            missing = [tag for tag in model if tag not in answer]
            self.assertEqual(missing, [])
            for tag, entry in model.items():
                if tag != "00080005" and entry["vr"] not in ("OB", "OW", "SQ", "DS", "IS", "FD", "FL"):
                    self.assertTrue(values(answer, tag) == entry.get("Value", []), f"{tag} differs")
        self.assertEqual(given, {})

    def test_frames_are_the_pixels(self):
        path = self.region.files("03-chest-dr")[0]
        model = read_file(path)
        at = f"/dicom-web/studies/{value(model, '0020000D')}/series/{value(model, '0020000E')}/instances/" \
             f"{value(model, '00080018')}/frames/1"
        reply = self.node.get(at, {"Accept": 'multipart/related; type="application/octet-stream"'})
        self.assertEqual(reply.status, 200)
        (_, pixels), = parts_of(reply)
        expected = value(model, "00280010") * value(model, "00280011") * value(model, "00280100") // 8
        self.assertEqual(len(pixels), expected)
        self.assertIn(pixels, path.read_bytes())
        self.assertEqual(self.node.get(at.replace("/frames/1", "/frames/2")).status, 404)
        self.assertEqual(self.node.get(at.replace("/frames/1", "/frames/x")).status, 400)

    def test_wrong_requests_get_a_code_and_a_sentence(self):
        study = self.uid("01-chest-ct")
        for path, headers, expected in (
                ("/studies/1.2.3.4.5", {}, (404,)),
                ("/studies/1.2.3.4.5/metadata", {}, (404,)),
                (f"/studies/{study}/series/1.2.3/instances/1.2.3", {}, (404,)),
                ("/studies?limit=x", {}, (400,)),
                ("/studies?limit=-1", {}, (400,)),
                ("/studies?StudyDate=2026-01-01", {}, (400,)),
                ("/studies?PatientName=%FF%FE", {}, (200, 204, 400)),
                ("/studies/not-a-uid", {}, (400, 404)),
                (f"/studies/{study}", {"Accept": "image/jpeg"}, (406,)),
                ("/nothing-here", {}, (404,))):
            with self.subTest(path=path):
                reply = self.node.get("/dicom-web" + path, headers)
                self.assertIn(reply.status, expected)
                self.assertTrue(reply.status < 300 or reply.body.strip(), "no sentence")
        nobody = self.node.get("/dicom-web/studies?PatientID=NOBODY")
        self.assertIn(nobody.status, (200, 204))
        self.assertIn(nobody.body.strip(), (b"", b"[]"))

    def test_no_answer_is_cut_and_connections_are_kept(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.node.http_port, timeout=30)
        for _ in range(5):
            connection.request("GET", f"/dicom-web/studies?PatientID={self.card}")
            reply = connection.getresponse()
            self.assertEqual(len(json.loads(reply.read())), len(self.region.persons["P1"]["studies"]))
        connection.close()


if __name__ == "__main__":
    unittest.main()
