"""STOW-RS against a real Orthanc: what is stored is there at once, byte for byte; what is broken fails alone."""
import http.client
import json
import unittest
import uuid

from harness import part10
from harness.dimse_tools import malformed_files, shared_testdata, value, values
from harness.system_case import SystemCase

STORED, FAILED, OTHER = "00081199", "00081198", "0008119A"
SOP_CLASS, SOP, REASON, URL = "00081150", "00081155", "00081197", "00081190"
JSON_TYPE, XML_TYPE = "application/dicom+json", "application/dicom+xml"
HTJ2K = "1.2.840.10008.1.2.4.201"


def multipart(parts, kind="application/dicom"):
    """(headers, body) of parts (media type, Content-Location or None, bytes)."""
    boundary = uuid.uuid4().hex
    body = b""
    for media_type, location, data in parts:
        place = f"Content-Location: {location}\r\n" if location else ""
        body += f"--{boundary}\r\nContent-Type: {media_type}\r\n{place}\r\n".encode() + data + b"\r\n"
    return ({"Content-Type": f'multipart/related; type="{kind}"; boundary="{boundary}"'},
            body + f"--{boundary}--\r\n".encode())


def items(answer, sequence):
    return values(answer, sequence)


def model(elements):
    """The elements of part10.instance() in the DICOM JSON model, pixel data as BulkDataURI."""
    made = {}
    for tag, (vr, content) in elements.items():
        if content is None:
            continue
        entry = {"vr": vr}
        if vr == "SQ":
            entry["Value"] = [model(item) for item in content]
        elif vr in ("OB", "OW"):
            entry["BulkDataURI"] = f"bulk/{tag:08X}"
        elif vr == "PN":
            entry.update({"Value": [{"Alphabetic": content}]} if content else {})
        elif content != "":
            entry["Value"] = [int(content) if vr == "IS" else content]
        made[f"{tag:08X}"] = entry
    return made


def xml(elements):
    """The same in the Native DICOM Model."""
    text = ""
    for tag, (vr, content) in sorted(elements.items()):
        if content is None:
            continue
        inner = ""
        if vr == "SQ":
            inner = "".join(f'<Item number="{at}">{xml(item)}</Item>' for at, item in enumerate(content, 1))
        elif vr in ("OB", "OW"):
            inner = f'<BulkData uri="bulk/{tag:08X}"/>'
        elif vr == "PN" and content:
            family, _, given = content.partition("^")
            inner = (f'<PersonName number="1"><Alphabetic><FamilyName>{family}</FamilyName>'
                     f"<GivenName>{given}</GivenName></Alphabetic></PersonName>")
        elif content != "":
            inner = f'<Value number="1">{content}</Value>'
        text += f'<DicomAttribute tag="{tag:08X}" vr="{vr}">{inner}</DicomAttribute>'
    return text


class StowTest(SystemCase):
    def setUp(self):
        super().setUp()
        self.node = self.started()
        self.study = part10.new_uid("1")
        self.secrets |= {"STOWED01", "Stowed^Person"}

    def instance(self, **what):
        return part10.instance(**{"patient_id": "STOWED01", "name": "Stowed^Person", "study": self.study, **what})

    def store(self, headers, body, path="/dicom-web/studies", accept=None):
        return self.node.post(path, body, {**headers, **({"Accept": accept} if accept else {})})

    def searched(self):
        """SOP Instance UIDs of the study, asked for at once."""
        reply = self.node.get(f"/dicom-web/instances?StudyInstanceUID={self.study}&limit=1000")
        return {value(answer, "00080018") for answer in reply.json()} if reply.status == 200 else set()

    def file_of(self, sop):
        found = self.node.post("/tools/find", json.dumps({"Level": "Instance", "Query": {"SOPInstanceUID": sop}}).encode())
        return self.node.get(f"/instances/{found.json()[0]}/file").body

    def test_a_single_body_is_stored_and_found_at_once(self):
        elements = self.instance()
        data, sop = part10.part10(elements), elements[0x00080018][1]
        reply = self.store({"Content-Type": "application/dicom"}, data)
        self.assertEqual(reply.status, 200, reply.text)
        self.assertTrue(reply.headers["Content-Type"].startswith(JSON_TYPE))
        answer = reply.json()
        self.assertTrue(value(answer, URL).endswith(f"/dicom-web/studies/{self.study}"))
        (stored,) = items(answer, STORED)
        self.assertEqual((value(stored, SOP_CLASS), value(stored, SOP)), (elements[0x00080016][1], sop))
        self.assertEqual(self.searched(), {sop})
        path = value(stored, URL).split("/dicom-web", 1)[1]
        got = self.node.get("/dicom-web" + path, {"Accept": "application/dicom; transfer-syntax=*"})
        self.assertEqual((got.status, got.body), (200, data))

    def test_of_three_parts_the_broken_one_fails_alone(self):
        elements = [self.instance(number=number) for number in (1, 2)]
        files = [part10.part10(one) for one in elements]
        headers, body = multipart([("application/dicom", None, data) for data in (files[0], b"broken", files[1])])
        reply = self.store(headers, body)
        self.assertEqual(reply.status, 202, reply.text)
        answer = reply.json()
        sops = [one[0x00080018][1] for one in elements]
        self.assertEqual([value(item, SOP) for item in items(answer, STORED)], sops)
        self.assertEqual([value(item, REASON) for item in items(answer, OTHER)], [0xC000])
        self.assertEqual(self.searched(), set(sops))
        for sop, data in zip(sops, files):
            self.assertEqual(self.file_of(sop), data)
        self.assert_index_equals_orthanc(self.node)

    def test_the_same_instance_twice_is_stored_twice(self):
        data = part10.part10(self.instance())
        headers, body = multipart([("application/dicom", None, data)] * 2)
        for _ in range(2):
            reply = self.store(headers, body)
            self.assertEqual((reply.status, len(items(reply.json(), STORED))), (200, 2))
        self.assertEqual(len(self.searched()), 1)

    def test_a_uid_that_is_held_with_other_content_is_never_a_success(self):
        elements = self.instance()
        sop, data = elements[0x00080018][1], part10.part10(elements)
        other_name = part10.part10({**elements, 0x00100010: ("PN", "Stowed^Other")})
        other_pixels = part10.part10({**elements, 0x7FE00010: ("OB", b"\x55\xAA" * 40)})
        self.secrets.add("Stowed^Other")
        single = {"Content-Type": "application/dicom"}
        self.assertEqual(self.store(single, data).status, 200)
        self.assertEqual(self.store(single, data).status, 200)
        for other in (other_name, other_pixels):
            for port in (self.node.http_port, self.node.web_port):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                connection.request("POST", "/dicom-web/studies", body=other, headers=single)
                reply = connection.getresponse()
                answer = json.loads(reply.read())
                connection.close()
                self.assertEqual(reply.status, 409)
                self.assertEqual([(value(item, SOP), value(item, REASON)) for item in items(answer, FAILED)], [(sop, 0x0111)])
                self.assertEqual(items(answer, STORED), [])
        headers, body = multipart([("application/dicom", None, one) for one in (data, other_pixels)])
        mixed = self.store(headers, body)
        self.assertEqual((mixed.status, len(items(mixed.json(), STORED)), len(items(mixed.json(), FAILED))), (202, 1, 1))
        self.assertEqual(self.file_of(sop), data)

    def test_an_archive_that_overwrites_takes_the_new_one(self):
        node = self.started(options={"OverwriteInstances": True})
        elements = self.instance()
        other = part10.part10({**elements, 0x7FE00010: ("OB", b"\x55\xAA" * 40)})
        for data in (part10.part10(elements), other):
            self.assertEqual(node.post("/dicom-web/studies", data, {"Content-Type": "application/dicom"}).status, 200)
        (held,) = node.orthanc_instances()
        self.assertEqual(node.get(f"/instances/{held}/file").body, other)

    def test_a_value_that_the_archive_never_takes_is_no_lack_of_resources(self):
        self.secrets.add("9" * 300)
        data = part10.part10({**self.instance(), 0x00100020: ("LO", "9" * 300)})
        reply = self.store({"Content-Type": "application/dicom"}, data)
        self.assertEqual(reply.status, 409)
        self.assertEqual([value(item, REASON) for item in items(reply.json(), FAILED)], [0xC000])

    def test_another_study_than_the_url_names_is_a_conflict(self):
        headers, body = multipart([("application/dicom", None, part10.part10(self.instance()))])
        other = part10.new_uid("1")
        reply = self.store(headers, body, f"/dicom-web/studies/{other}")
        self.assertEqual(reply.status, 409)
        (failed,) = items(reply.json(), FAILED)
        self.assertEqual(value(failed, REASON), 0xA901)
        self.assertEqual(self.searched(), set())
        self.assertEqual(self.store(headers, body, f"/dicom-web/studies/{self.study}").status, 200)

    def test_metadata_with_bulk_data_becomes_an_instance(self):
        for kind, written in ((JSON_TYPE, lambda one: json.dumps([model(one)])),
                              (XML_TYPE, lambda one: f"<NativeDicomModel>{xml(one)}</NativeDicomModel>")):
            with self.subTest(kind):
                elements = self.instance(cards=[("1100001", "MEDICAL_INSURANCE")])
                headers, body = multipart([(kind, None, written(elements).encode()),
                                           ("application/octet-stream", "bulk/7FE00010", elements[0x7FE00010][1])], kind)
                reply = self.store(headers, body)
                self.assertEqual(reply.status, 200, reply.text)
                sop = elements[0x00080018][1]
                self.assertIn(sop, self.searched())
                path = value(items(reply.json(), STORED)[0], URL).split("/dicom-web", 1)[1]
                self.assertIn(elements[0x7FE00010][1], self.file_of(sop))
                told = self.node.get(f"/dicom-web{path}/metadata").json()[0]
                for tag, (vr, content) in elements.items():
                    if vr not in ("SQ", "OB", "PN") and content:
                        self.assertEqual(str(value(told, f"{tag:08X}")), str(content), f"{tag:08X}")
                self.assertEqual(value(told, "00100010"), "Stowed^Person")
                self.assertEqual(value(items(told, "00101002")[0], "00100020"), "1100001")

    def test_htj2k_comes_in(self):
        frame = (b"\xff\x4f\xff\x51\x00\x29\x40\x00" + b"".join(n.to_bytes(4, "big") for n in (8, 8, 0, 0, 8, 8, 0, 0)) +
                 b"\x00\x01\x07\x01\x01\xff\x50\x00\x08\x00\x02\x00\x00\x00\x00"
                 b"\xff\x52\x00\x0c\x00\x02\x00\x01\x00\x05\x04\x04\x40\x01\xff\x90\x00\x0a")
        elements = self.instance()
        told = model({tag: entry for tag, entry in elements.items() if tag not in (0x00280010, 0x00280011)})
        headers, body = multipart([(JSON_TYPE, None, json.dumps([told]).encode()),
                                   ("image/jphc", "bulk/7FE00010", frame)], JSON_TYPE)
        reply = self.store(headers, body)
        self.assertEqual(reply.status, 200, reply.text)
        path = value(items(reply.json(), STORED)[0], URL).split("/dicom-web", 1)[1]
        got = self.node.get(f"/dicom-web{path}/frames/1", {"Accept": 'multipart/related; type="image/jphc"; '
                                                                     f"transfer-syntax={HTJ2K}"})
        self.assertEqual(got.status, 200, got.text)
        self.assertIn(frame, got.body)
        self.assertEqual(value(self.node.get(f"/dicom-web{path}/metadata").json()[0], "00280010"), 8)

    def test_htj2k_of_others_comes_in_as_it_is(self):
        shared = shared_testdata()
        if shared is None:
            return
        files = sorted((shared / "cornerstonejs+codecs.htj2k").rglob("*.dcm"))[:6]
        self.assertTrue(files)
        for path in files:
            reply = self.store({"Content-Type": "application/dicom"}, path.read_bytes())
            self.assertIn(reply.status, (200, 202), f"{path.name}: {reply.text}")
            stored = value(items(reply.json(), STORED)[0], URL).split("/dicom-web", 1)[1]
            got = self.node.get("/dicom-web" + stored, {"Accept": "application/dicom; transfer-syntax=*"})
            self.assertEqual((got.status, got.body), (200, path.read_bytes()), path.name)

    def test_requests_that_are_wrong_get_their_status(self):
        data = part10.part10(self.instance())
        good_headers, good_body = multipart([("application/dicom", None, data)])
        nested = [{}]
        for _ in range(60):
            nested = [{0x00081140: ("SQ", nested)}]
        deep = part10.part10({**self.instance(), 0x00081140: ("SQ", nested)})
        for name, headers, body, status in (
                ("no type", {"Content-Type": ""}, data, 415),
                ("another type", {"Content-Type": "text/plain"}, data, 415),
                ("a type that is none", {"Content-Type": "a b; c"}, data, 400),
                ("no boundary", {"Content-Type": 'multipart/related; type="application/dicom"'}, good_body, 400),
                ("another boundary", {"Content-Type": "multipart/related; boundary=x"}, good_body, 400),
                ("no part", good_headers, good_body[-40:], 400),
                ("nothing", good_headers, b"", 400),
                ("cut off", good_headers, good_body[:200], 400),
                ("no JSON", {"Content-Type": JSON_TYPE}, b"[{", 400),
                ("a type declaration", {"Content-Type": XML_TYPE}, b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", 400),
                ("no DICOM", {"Content-Type": "application/dicom"}, b"nonsense", 409),
                ("60 sequences deep", {"Content-Type": "application/dicom"}, deep, 409)):
            with self.subTest(name):
                reply = self.store(headers, body)
                self.assertEqual(reply.status, status, reply.text)
        self.assertEqual(self.store(good_headers, good_body, accept="image/png").status, 406)
        self.assertEqual(self.store({**good_headers, "Content-Encoding": "gzip"}, good_body).status, 415)
        self.assertEqual(self.node.request("PUT", "/dicom-web/studies", body=data).status, 405)
        self.assertEqual(self.searched(), set())
        reply = self.store(good_headers, good_body, accept=XML_TYPE)
        self.assertEqual((reply.status, reply.headers["Content-Type"].split(";")[0]), (200, XML_TYPE))
        self.assertIn("<NativeDicomModel", reply.text)

    def test_malformed_files_among_good_ones(self):
        files = malformed_files()
        if files is None:
            return
        self.assertGreaterEqual(len(files), 300)
        good = set()
        for begin in range(0, len(files), 20):
            parts = []
            for path in files[begin:begin + 20]:
                elements = self.instance()
                good.add(elements[0x00080018][1])
                parts += [("application/dicom", None, part10.part10(elements)), ("application/dicom", None, path.read_bytes())]
            reply = self.store(*multipart(parts))
            self.assertIn(reply.status, (200, 202), reply.text)
            answer = reply.json()
            self.assertEqual(sum(len(items(answer, name)) for name in (STORED, FAILED, OTHER)), len(parts))
            self.assertIsNone(self.node.process.poll())
        self.assertEqual(good - self.searched(), set())
        self.assert_index_equals_orthanc(self.node)


if __name__ == "__main__":
    unittest.main()
