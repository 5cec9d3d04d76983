"""Rendered resources, thumbnails and WADO-URI of a real server: pictures that others can read."""
import struct
import unittest

from harness.dimse_tools import value
from harness.system_case import RegionCase


def png_size(body):
    return struct.unpack(">II", body[16:24])


class RenderedTest(RegionCase):
    def setUp(self):
        super().setUp()
        study = self.region.studies["01-chest-ct"]["study_instance_uid"]
        self.study = f"/dicom-web/studies/{study}"
        rows = self.node.get(self.study + "/instances").json()
        row = next(row for row in rows if value(row, "00280010"))
        self.uids = (study, value(row, "0020000E"), value(row, "00080018"))
        self.instance = f"{self.study}/series/{self.uids[1]}/instances/{self.uids[2]}"

    def wado(self, **parameters):
        query = {"requestType": "WADO", "studyUID": self.uids[0], "seriesUID": self.uids[1],
                 "objectUID": self.uids[2], **parameters}
        return self.node.get("/wado?" + "&".join(f"{name}={text}" for name, text in query.items()))

    def test_an_instance_and_its_frame_are_pictures(self):
        jpeg = self.node.get(self.instance + "/rendered")
        self.assertEqual((jpeg.status, jpeg.headers["Content-Type"]), (200, "image/jpeg"))
        self.assertEqual(jpeg.body[:3], b"\xff\xd8\xff")
        png = self.node.get(self.instance + "/frames/1/rendered?viewport=100,100&window=40,400,linear",
                            {"Accept": "image/png"})
        self.assertEqual((png.status, max(png_size(png.body))), (200, 100))
        self.assertEqual(self.node.get(self.instance + "/rendered?window=40").status, 400)
        self.assertEqual(self.node.get(self.instance + "/frames/9/rendered").status, 404)
        self.assertEqual(self.node.get(self.instance + "/rendered", {"Accept": "video/mp4"}).status, 406)

    def test_a_study_is_rendered_in_parts(self):
        reply = self.node.get(self.study + "/rendered", {"Accept": "multipart/related; type=image/jpeg"})
        self.assertIn(reply.status, (200, 206))
        self.assertGreater(reply.body.count(b"Content-Type: image/jpeg"), 1)

    def test_every_level_has_a_thumbnail(self):
        series = f"{self.study}/series/{self.uids[1]}"
        for path in (self.study, series, self.instance, self.instance + "/frames/1"):
            reply = self.node.get(path + "/thumbnail", {"Accept": "image/png"})
            self.assertEqual((reply.status, max(png_size(reply.body))), (200, 128), path)

    def test_wado_uri(self):
        self.assertEqual(self.wado().headers["Content-Type"], "image/jpeg")
        picture = self.wado(contentType="image/png", rows=64, columns=64)
        self.assertEqual((picture.status, max(png_size(picture.body))), (200, 64))
        stored = self.wado(contentType="application/dicom")
        self.assertEqual(stored.status, 200)
        self.assertEqual(stored.body[128:132], b"DICM")
        self.assertEqual(self.wado(anonymize="yes").status, 406)
        self.assertEqual(self.wado(rows=0).status, 400)
        self.assertEqual(self.node.get("/wado?requestType=WADO").status, 400)
        self.uids = (self.uids[0], self.uids[1], "1.2.3")
        self.assertEqual(self.wado().status, 404)


if __name__ == "__main__":
    unittest.main()
