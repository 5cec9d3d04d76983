"""QIDO-RS as PS3.18 10.6 has it, against a real Orthanc: what C-FIND finds too, and what only HTTP has."""
import base64
import re
import unittest
import unittest.mock
import urllib.parse

from harness.dimse_tools import findscu, value
from harness.orthanc_server import OrthancServer
from harness.system_case import RegionCase

CREATOR = "0B010010=RECOGNITION%201.0"
JSON = "application/dicom+json"


def quoted(text):
    return urllib.parse.quote(text, safe="")


class QidoTest(RegionCase):
    def setUp(self):
        super().setUp()
        self.card = self.region.card("P1", "MEDICAL_INSURANCE")

    def reply(self, path, headers=None):
        return self.node.get("/dicom-web" + path, headers or {})

    def search(self, path, headers=None):
        reply = self.reply(path, headers)
        self.assertEqual(reply.status, 200, path)
        self.assertTrue(reply.headers["Content-Type"].startswith(JSON))
        return reply.json()

    def studies(self, query):
        return sorted(value(answer, "0020000D") for answer in self.search("/studies?" + query))

    def found(self, keys, level="STUDY", uid="0020000D"):
        asked = ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"][:1 + ["STUDY", "SERIES", "IMAGE"].index(level)]
        answers = findscu(self.node, {**dict.fromkeys(asked, ""), **keys}, level=level).answers
        return sorted(value(answer, uid) for answer in answers)

    def a_study(self):
        return next(iter(self.region.studies.values()))

    def test_required_keys_find_what_c_find_finds(self):
        one = self.search("/studies?includefield=all")[0]
        plain = {"StudyDate": "00080020", "StudyTime": "00080030", "AccessionNumber": "00080050",
                 "ModalitiesInStudy": "00080061", "StudyInstanceUID": "0020000D", "StudyID": "00200010"}
        for keyword, tag in plain.items():
            text = value(one, tag)
            if text is None:
                continue
            with self.subTest(key=keyword):
                expected = self.found({keyword: str(text)})
                self.assertTrue(expected)
                self.assertEqual(self.studies(f"{keyword}={quoted(str(text))}"), expected)
                self.assertEqual(self.studies(f"{tag}={quoted(str(text))}"), expected)
        self.assertEqual(self.studies("PatientID=" + self.card), self.found({"PatientID": self.card}))
        for name in ("张*", "*", "ZHANG*", "zhang*"):
            with self.subTest(name=name):
                self.assertEqual(self.studies("PatientName=" + quoted(name)), self.found({"PatientName": name}))

    def test_keys_of_series_and_instances_find_what_c_find_finds(self):
        one = self.search("/instances?includefield=all&limit=1")[0]
        for level, path, uid, keys in (
                ("SERIES", "/series", "0020000E", {"Modality": "00080060", "SeriesInstanceUID": "0020000E", "SeriesNumber": "00200011"}),
                ("IMAGE", "/instances", "00080018", {"SOPClassUID": "00080016", "SOPInstanceUID": "00080018", "InstanceNumber": "00200013"})):
            for keyword, tag in keys.items():
                with self.subTest(key=keyword):
                    text = str(value(one, tag))
                    asked = sorted(value(a, uid) for a in self.search(f"{path}?{keyword}={quoted(text)}"))
                    self.assertTrue(asked)
                    self.assertEqual(asked, self.found({keyword: text}, level, uid))

    def test_lists_ranges_wild_cards_and_empty_values(self):
        uids = sorted(study["study_instance_uid"] for study in self.region.studies.values())
        self.assertEqual(self.studies("StudyInstanceUID=" + ",".join(uids[:3])), uids[:3])
        self.assertEqual(self.studies("StudyInstanceUID=" + quoted("\\".join(uids[:3]))), uids[:3])
        self.assertEqual(self.studies("StudyInstanceUID=" + "%2C".join(uids[:2])), uids[:2])
        self.assertEqual(self.studies(""), self.found({}))
        self.assertEqual(self.studies("PatientName=&StudyDate=&PatientID="), self.found({}))
        both = self.studies("ModalitiesInStudy=CT%5CMR")
        self.assertTrue(both)
        self.assertEqual(self.studies("ModalitiesInStudy=CT%2CMR"), both)  # as OHIF sends them
        day = self.a_study()["study_date"]
        for pattern in (day, f"{day}-", f"-{day}", f"{day}-{day}"):
            self.assertEqual(self.studies("StudyDate=" + pattern), self.found({"StudyDate": pattern}))

    def test_fuzzy_matching_is_done(self):
        name = next(value(a, "00100010") for a in self.search("/studies?PatientName=" + quoted("张*")))
        spoken = name.split("=")[0].replace("^", " ")
        expected = self.studies("PatientName=" + quoted("张*"))
        family, given = spoken.split(" ", 1)
        for way in (spoken, spoken.upper(), spoken.replace(" ", ""), f"{given} {family}", f"{family}^{given}".lower()):
            with self.subTest(way=way):
                found = self.search("/studies?fuzzymatching=true&PatientName=" + quoted(way))
                self.assertTrue(set(self.region.persons["P1"]["studies"]) <= {value(a, "0020000D") for a in found})
        self.assertTrue(set(expected) >= set(self.region.persons["P1"]["studies"]))
        self.assertEqual(self.search("/studies?PatientName=" + quoted(spoken.replace(" ", ""))), [])

    def test_numbers_in_other_patient_ids_and_private_elements(self):
        expected = self.studies("PatientID=" + self.card)
        self.assertTrue(expected)
        self.assertEqual(self.studies("OtherPatientIDsSequence.PatientID=" + self.card), expected)
        self.assertEqual(self.studies("00101002.00100020=" + self.card), expected)
        for answer in self.search(f"/studies?PatientID={self.card}&{CREATOR}&includefield=0B011001"):
            self.assertEqual(value(answer, "0B010010"), "RECOGNITION 1.0")
            self.assertTrue(value(answer, "0B011001"))

    def test_pages_and_their_warnings(self):
        whole = [value(a, "0020000D") for a in self.search("/studies")]
        days = [value(a, "00080020") for a in self.search("/studies")]
        self.assertEqual(days, sorted(days, reverse=True))
        for limit in (1, 2, 5):
            paged = []
            for offset in range(0, len(whole), limit):
                reply = self.reply(f"/studies?limit={limit}&offset={offset}")
                paged += [value(a, "0020000D") for a in reply.json()]
                left = len(whole) - offset - limit
                warning = reply.headers.get("Warning") or ""
                self.assertEqual(left > 0, f"There are {left} additional results that can be requested" in warning)
            self.assertEqual(paged, whole)

    def test_percent_decoding_happens_once(self):
        for query in ("PatientID=%252C", "PatientID=%25", "PatientName=%2B", "PatientName=a+b", "PatientID=%26x%3D1"):
            self.assertEqual(self.search("/studies?" + query), [], query)
        day = self.a_study()["study_date"]
        escaped = "".join(f"%{ord(c):02X}" for c in day)
        self.assertEqual(self.studies("StudyDate=" + escaped), self.found({"StudyDate": day}))
        self.assertEqual(self.studies("%53tudyDate=" + day), self.found({"StudyDate": day}))
        # 王 in GB18030, a lone escape, a null character.
        for query in ("PatientName=%CD%F5*", "PatientName=%", "PatientName=%zz", "PatientName=a%00b"):
            self.assertEqual(self.reply("/studies?" + query).status, 400, query)

    def test_the_form_is_negotiated(self):
        for accept, expected in (("", JSON), ("*/*", JSON), ("application/json", "application/json"), (JSON, JSON),
                                 ("text/html, application/json;q=0.1", "application/json"),
                                 ('multipart/related; type="application/dicom+xml"', "multipart/related")):
            with self.subTest(accept=accept):
                reply = self.reply("/studies", {"Accept": accept} if accept else {})
                self.assertEqual(reply.status, 200)
                self.assertTrue(reply.headers["Content-Type"].startswith(expected))
        self.assertEqual(self.reply("/studies", {"Accept": "image/jpeg"}).status, 406)
        self.assertEqual(self.reply("/studies?accept=application/json", {"Accept": "image/jpeg"}).status, 200)
        self.assertEqual(self.reply("/studies?accept=application/dicom+json", {"Accept": "image/jpeg"}).status, 200)
        most_exact = self.reply("/studies", {"Accept": "application/dicom+json;q=0, */*"})
        self.assertTrue(most_exact.headers["Content-Type"].startswith("multipart/related"))
        xml = self.reply("/studies", {"Accept": 'multipart/related; type="application/dicom+xml"'}).body.decode()
        self.assertEqual(len(re.findall("<NativeDicomModel", xml)), len(self.search("/studies")))
        self.assertEqual(sorted(re.findall(r'tag="0020000D"[^>]*><Value number="1">([0-9.]+)<', xml)), self.studies(""))

    def test_included_attributes_come_from_the_file_of_an_instance_only(self):
        study = self.region.studies["01-chest-ct"]["study_instance_uid"]
        reply = self.reply(f"/studies/{study}/instances?Modality=CT&includefield=PixelSpacing,WindowCenter")
        self.assertTrue(all("00280030" in answer for answer in reply.json()))
        self.assertIsNone(reply.headers.get("Warning"))
        reply = self.reply(f"/studies/{study}/series?includefield=PixelSpacing")
        self.assertIn("00280030", reply.headers["Warning"])
        self.assertNotIn("00280030", reply.json()[0])

    def test_capabilities(self):
        wadl = self.reply("/")
        self.assertEqual(wadl.status, 200)
        self.assertIn(b"studies/{study}/series", wadl.body)
        json = self.reply("/", {"Accept": "application/json"}).json()
        self.assertIn("studies", {resource["path"] for resource in json["application"]["resources"]["resource"]})


SECRET = "a secret of sixteen or more"


class AskerTest(RegionCase):
    """Number 20210045 is P1's at hospital H001 and P2's at hospital H002: whose it is depends on who asks."""

    settings = {
        "options": {"AuthenticationEnabled": True, "RegisteredUsers": {"one": "pw1", "two": "pw2", "guest": "pw3"}},
        "recognition": {"HttpAskers": {"Users": {"one": "H001", "two": "H002"}, "ProxyHeader": "X-Remote-User",
                                       "ProxySecretHeader": "X-Proxy-Secret", "ProxySecret": SECRET}}}
    NUMBER = "20210045"

    @classmethod
    def setUpClass(cls):
        start = OrthancServer.start

        def start_with_password(server):
            server.headers = cls.basic("guest", "pw3")
            return start(server)
        with unittest.mock.patch.object(OrthancServer, "start", start_with_password):
            super().setUpClass()

    @staticmethod
    def basic(user, password):
        return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}

    def person(self, headers):
        reply = self.node.get(f"/dicom-web/studies?PatientID={self.NUMBER}", headers)
        self.assertEqual(reply.status, 200)
        found = {value(answer, "0020000D") for answer in reply.json()}
        return next(key for key, person in self.region.persons.items() if found == set(person["studies"]))

    def test_the_user_decides_whose_number_it_is(self):
        self.assertEqual(self.person(self.basic("one", "pw1")), "P1")
        self.assertEqual(self.person(self.basic("two", "pw2")), "P2")
        self.assertEqual(self.person({}), "P1")  # guest: HttpInstitution, H001

    def test_a_wrong_password_gets_nothing(self):
        self.assertEqual(self.node.get("/dicom-web/studies", self.basic("two", "pw1")).status, 401)

    def test_a_header_counts_with_the_secret_only(self):
        proxy = {"X-Remote-User": "two"}
        self.assertEqual(self.person(proxy), "P1")
        self.assertEqual(self.person({**proxy, "X-Proxy-Secret": "wrong"}), "P1")
        self.assertEqual(self.person({**proxy, "X-Proxy-Secret": SECRET}), "P2")
        self.assertEqual(self.person({**proxy, "X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1"}), "P1")
        self.assertEqual(self.person({**self.basic("one", "pw1"), **proxy}), "P1")


class OpenServerTest(RegionCase):
    """Without authentication in Orthanc a password proves nothing: anybody may write any."""

    settings = {
        "options": {"AuthenticationEnabled": False, "RegisteredUsers": {"two": "pw2"}},
        "recognition": {"HttpAskers": {"Users": {"two": "H002"}}, "DicomWeb": {"EmptySearch": 204}}}

    def test_a_password_is_ignored(self):
        reply = self.node.get(f"/dicom-web/studies?PatientID={AskerTest.NUMBER}", AskerTest.basic("two", "pw2"))
        found = {value(answer, "0020000D") for answer in reply.json()}
        self.assertEqual(found, set(self.region.persons["P1"]["studies"]))

    def test_nothing_found_is_204(self):
        reply = self.node.get("/dicom-web/studies?PatientID=NOBODY")
        self.assertEqual((reply.status, reply.body), (204, b""))


if __name__ == "__main__":
    unittest.main()
