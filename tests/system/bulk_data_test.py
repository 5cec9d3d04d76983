"""Metadata and bulk data: what metadata leaves to a URI is found there, as the bytes of the file."""
import base64
import http.client
import json
import unittest
import xml.etree.ElementTree as ElementTree

from dicomweb_test import parts_of
from harness.dimse_tools import read_file, value
from harness.system_case import RegionCase

NATIVE = "{http://dicom.nema.org/PS3.19/models/NativeDICOM}"
XML = 'multipart/related; type="application/dicom+xml"'
OCTETS = 'multipart/related; type="application/octet-stream"'


class BulkDataTest(RegionCase):
    def study(self, key):
        return f"/dicom-web/studies/{self.region.studies[key]['study_instance_uid']}"

    def path_of(self, uri):
        return uri[uri.index("/dicom-web/"):]

    def pixel_uri(self, key):
        """(path of the BulkDataURI, bytes of the pixels, path of the instance) of one file of a study."""
        path = self.region.files(key)[0]
        model = read_file(path)
        at = f"{self.study(key)}/series/{value(model, '0020000E')}/instances/{value(model, '00080018')}"
        (metadata,) = self.node.get(at + "/metadata").json()
        length = value(model, "00280010") * value(model, "00280011") * value(model, "00280100") // 8
        whole = path.read_bytes()
        return self.path_of(metadata["7FE00010"]["BulkDataURI"]), whole[-length:], at

    def test_pixel_data_is_behind_its_uri_whole_and_in_ranges(self):
        uri, pixels, _ = self.pixel_uri("03-chest-dr")
        whole = self.node.get(uri)
        self.assertEqual((whole.status, whole.headers["Content-Type"]), (200, "application/octet-stream"))
        self.assertEqual(whole.headers["Accept-Ranges"], "bytes")
        self.assertTrue(whole.body.startswith(pixels) or whole.body.endswith(pixels) or whole.body == pixels)
        size = len(whole.body)
        for asked, expected in (("bytes=0-99", whole.body[:100]), ("bytes=100-", whole.body[100:]),
                                ("bytes=-7", whole.body[-7:]), (f"bytes={size - 1}-{size + 5}", whole.body[-1:])):
            with self.subTest(range=asked):
                part = self.node.get(uri, {"Range": asked})
                self.assertEqual((part.status, part.body), (206, expected))
                self.assertTrue(part.headers["Content-Range"].endswith(f"/{size}"))
        beyond = self.node.get(uri, {"Range": f"bytes={size}-"})
        self.assertEqual((beyond.status, beyond.headers["Content-Range"]), (416, f"bytes */{size}"))
        tag = whole.headers["ETag"]
        self.assertEqual(self.node.get(uri, {"Range": "bytes=0-9", "If-Range": tag}).status, 206)
        self.assertEqual(self.node.get(uri, {"Range": "bytes=0-9", "If-Range": '"x"'}).status, 200)
        for headers, status in (({"If-None-Match": tag}, 304), ({"If-None-Match": "*"}, 304), ({"If-None-Match": '"x"'}, 200),
                                ({"If-Match": tag}, 200), ({"If-Match": '"x"'}, 412),
                                ({"If-None-Match": tag, "Range": "bytes=0-9"}, 304)):
            for port in (self.node.http_port, self.node.web_port):
                with self.subTest(headers=headers, port=port):
                    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                    connection.request("GET", uri, headers=headers)
                    reply = connection.getresponse()
                    body = reply.read()
                    self.assertEqual((reply.status, reply.headers["ETag"]), (status, tag))
                    self.assertEqual(body, b"" if status == 304 else body or None)
                    connection.request("GET", "/recognition/status")  # nothing is left over
                    self.assertEqual(connection.getresponse().status, 200)
                    connection.close()
        ((head, body),) = parts_of(self.node.get(uri, {"Accept": OCTETS}))
        self.assertEqual(body, whole.body)
        self.assertTrue(head["Content-Location"].endswith(uri))

    def test_all_pixel_data_and_all_bulk_data_come_as_parts(self):
        reply = self.node.get(self.study("02-head-mr") + "/pixeldata", {"Accept": OCTETS})
        parts = parts_of(reply)
        with_pixels = [path for path in self.region.files("02-head-mr") if "7FE00010" in read_file(path)]
        self.assertEqual((reply.status, len(parts)), (200, len(with_pixels)))
        for head, body in parts:
            self.assertEqual(self.node.get(self.path_of(head["Content-Location"])).body, body)
        bulk = parts_of(self.node.get(self.study("02-head-mr") + "/bulkdata", {"Accept": OCTETS}))
        locations = {head["Content-Location"] for head, _ in bulk}
        self.assertLessEqual({head["Content-Location"] for head, _ in parts}, locations)

    def test_metadata_as_xml_says_what_json_says(self):
        models = {value(model, "00080018"): model for model in self.node.get(self.study("02-head-mr") + "/metadata").json()}
        reply = self.node.get(self.study("02-head-mr") + "/metadata", {"Accept": XML})
        self.assertEqual(reply.status, 200)
        parts = parts_of(reply)
        self.assertEqual(len(parts), len(models))
        for head, body in parts:
            self.assertEqual(head["Content-Type"], "application/dicom+xml")
            attributes = {attribute.get("tag"): attribute for attribute in ElementTree.fromstring(body)}
            model = models.pop(attributes["00080018"].findtext(NATIVE + "Value"))
            public = {tag for tag in model if int(tag[:4], 16) % 2 == 0}
            self.assertEqual({tag for tag in attributes if int(tag[:4], 16) % 2 == 0}, public)
            for tag in public:
                self.assertEqual(attributes[tag].get("vr"), model[tag]["vr"])
                for inline in attributes[tag].iterfind(NATIVE + "InlineBinary"):
                    self.assertEqual(base64.b64decode(inline.text), base64.b64decode(model[tag]["InlineBinary"]))
        self.assertEqual(models, {})

    def test_what_is_not_there_or_not_a_name_is_said(self):
        uri, _, at = self.pixel_uri("03-chest-dr")
        for path, headers, status in ((at + "/bulkdata/00420011", {}, 404), (at + "/bulkdata/7FE0", {}, 400),
                                      (at + "/bulkdata/00880200/1/7FE00010", {}, 404),
                                      (at + "/bulkdata/00880200/0/7FE00010", {}, 400),
                                      (uri, {"Accept": "image/png"}, 406),
                                      ("/dicom-web/studies/1.2.3.4/bulkdata", {}, 404),
                                      (at + "/pixeldata", {"Accept": "image/png"}, 406)):
            with self.subTest(path=path[-40:]):
                reply = self.node.get(path, headers)
                self.assertEqual(reply.status, status)
                self.assertTrue(reply.body.strip())
        self.assertEqual(self.node.get(at + "/metadata", {"Accept": "text/html"}).status, 406)
        json.loads(self.node.get(at + "/metadata", {"Accept": "application/json"}).body)


if __name__ == "__main__":
    unittest.main()
