"""WADO-RS from stored files: the bytes that were stored, transcoded where that is asked for, from the index alone."""
import os
import pathlib
import re
import subprocess
import unittest

from dicomweb_test import parts_of
from harness.dimse_tools import Receiver, movescu, read_file, tool_path, value
from harness.process_state import wait_for
from harness.region import Region
from harness.system_case import SystemCase

EXPLICIT = "1.2.840.10008.1.2.1"
JPEG_LS = "1.2.840.10008.1.2.4.80"
HTJ2K = "1.2.840.10008.1.2.4.201"
AS_STORED = {"Accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'}
ASKS_FOR_FILE = re.compile(r"/instances/[-0-9a-f]+/attachments/dicom/info")


def in_syntax(syntax, media_type="application/dicom"):
    return {"Accept": f"{media_type}; transfer-syntax={syntax}"}


class RetrievalTest(SystemCase):
    STUDY = "01-chest-ct"

    def setUp(self):
        super().setUp()
        self.region = Region(self.folder)
        self.secrets |= self.region.secrets()
        self.node = self.started()
        self.region.send(self.node, {self.STUDY})
        self.study = self.region.studies[self.STUDY]["study_instance_uid"]

    def stored(self, node=None):
        """{SOP Instance UID: (Orthanc id, bytes)}"""
        node = node or self.node
        return {row["MainDicomTags"]["SOPInstanceUID"]: (row["ID"], node.get(f"/instances/{row['ID']}/file").body)
                for row in node.get("/instances?expand").json()}

    def of_study(self):
        stored = self.stored()
        return {uid: stored[uid] for uid in (value(read_file(path), "00080018")
                                             for path in self.region.files(self.STUDY))}

    def path_of(self, file):
        model = read_file(file)
        return (f"/dicom-web/studies/{value(model, '0020000D')}/series/{value(model, '0020000E')}/instances/"
                f"{value(model, '00080018')}")

    def an_image(self):
        return next(path for path in self.region.files(self.STUDY) if value(read_file(path), "00280010"))

    def retrieved(self, node=None):
        reply = (node or self.node).get(f"/dicom-web/studies/{self.study}", AS_STORED)
        self.assertEqual(reply.status, 200)
        return {body for _, body in parts_of(reply)}

    def times_asked(self, node):
        return len(ASKS_FOR_FILE.findall(node.log_since_start()))

    def attachments(self, node):
        """{Orthanc id: path} of the files that hold the instances."""
        found = {}
        for uid in node.orthanc_instances():
            uuid = node.get(f"/instances/{uid}/attachments/dicom/info").json()["Uuid"]
            found[uid] = next(pathlib.Path(node.folder).rglob(uuid))
        return found

    def test_after_a_restart_no_file_is_asked_for(self):
        expected = {body for _, body in self.of_study().values()}
        held = len(self.node.orthanc_instances())
        # Each is asked for once, in a pause behind its storing.
        wait_for(lambda: self.times_asked(self.node) >= held, "the files had not been asked for")
        self.assertEqual(self.retrieved(), expected)
        self.assertEqual(self.times_asked(self.node), held)
        self.node.restart()
        at_start = self.times_asked(self.node)  # what the log of changes had not been read of
        self.assertEqual(self.retrieved(), expected)
        self.assertEqual(self.times_asked(self.node), at_start)

    def test_after_a_kill_the_same_bytes_come(self):
        expected = {body for _, body in self.of_study().values()}
        self.node.kill()
        self.node.start()
        self.assertEqual(self.retrieved(), expected)

    def test_a_file_that_is_kept_elsewhere_now_is_found(self):
        expected = {body for _, body in self.of_study().values()}
        self.retrieved()
        for orthanc_id in self.node.orthanc_instances():
            self.node.post(f"/instances/{orthanc_id}/reconstruct", b"{}")
            self.node.post(f"/instances/{orthanc_id}/attachments/dicom/compress", b"")
        self.assertEqual(self.retrieved(), expected)
        for orthanc_id in self.node.orthanc_instances():
            self.node.post(f"/instances/{orthanc_id}/attachments/dicom/uncompress", b"")
        self.assertEqual(self.retrieved(), expected)

    def test_a_lost_file_leaves_the_others(self):
        held = self.of_study()
        lost = sorted(held)[0]
        self.attachments(self.node)[held[lost][0]].unlink()
        self.node.restart()  # Orthanc has it in memory until then
        reply = self.node.get(f"/dicom-web/studies/{self.study}", AS_STORED)
        self.assertEqual(reply.status, 206)
        self.assertIn("Warning", reply.headers)
        metadata = self.node.get(f"/dicom-web/studies/{self.study}/metadata").json()
        self.assertEqual({value(model, "00080018") for model in metadata}, set(held))
        self.assertEqual(self.node.get(f"/dicom-web/studies/{self.study}/bulkdata").status, 200)
        self.assertEqual(self.node.get(f"/dicom-web/studies/{self.study}/rendered").status, 206)
        self.assertEqual({body for _, body in parts_of(reply)},
                         {body for uid, (_, body) in held.items() if uid != lost})

    def test_a_file_that_has_lost_its_end_leaves_the_others(self):
        held = self.of_study()
        cut = sorted(held)[0]
        file = self.attachments(self.node)[held[cut][0]]
        self.node.restart()  # all of the log of changes has been read: the file is not read again
        os.truncate(file, file.stat().st_size // 2)
        self.node.restart()
        reply = self.node.get(f"/dicom-web/studies/{self.study}", AS_STORED)
        self.assertEqual(reply.status, 206)
        self.assertEqual({body for _, body in parts_of(reply)},
                         {body for uid, (_, body) in held.items() if uid != cut})

    def test_what_was_removed_is_gone_and_what_never_was_is_not_found(self):
        image = self.an_image()
        at = self.path_of(image)
        series, study = at.rsplit("/instances/", 1)[0], f"/dicom-web/studies/{self.study}"
        model = read_file(image)
        elsewhere = at.replace(value(model, "0020000E"), "1.2.3")
        for path in ("/dicom-web/studies/1.2.3", elsewhere, elsewhere + "/frames/1", at[:-1] + "0000"):
            self.assertEqual(self.node.get(path).status, 404)
        before = {path: self.node.get(path, AS_STORED).status for path in (at, series, study)}
        self.assertEqual(set(before.values()), {200})
        held = self.of_study()
        orthanc_id = held[value(model, "00080018")][0]
        self.node.delete(f"/instances/{orthanc_id}")
        wait_for(lambda: orthanc_id not in self.node.indexed_instances(), "the deletion was not told")
        by_uri = "/wado?requestType=WADO&contentType=application/dicom&" + "&".join(
            f"{name}={value(model, tag)}" for name, tag in (("studyUID", "0020000D"), ("seriesUID", "0020000E"),
                                                            ("objectUID", "00080018")))
        for path in (at, at + "/metadata", at + "/frames/1", by_uri):
            self.assertEqual(self.node.get(path).status, 410)
        self.assertEqual(self.node.get(by_uri[:-1] + "0000").status, 404)
        self.assertEqual(self.node.get(elsewhere).status, 404)
        self.assertEqual(self.node.get(study, AS_STORED).status, 200)
        for other in self.node.orthanc_instances():
            self.node.delete(f"/instances/{other}")
        wait_for(lambda: not self.node.indexed_instances(), "the deletions were not told")
        for path in (at, series, study, study + "/metadata"):
            self.assertEqual(self.node.get(path).status, 410)
        self.node.restart()
        self.assertEqual(self.node.get(study).status, 410)
        self.region.send(self.node, {self.STUDY})
        self.assertEqual(self.node.get(study, AS_STORED).status, 200)
        self.assertEqual(self.node.get(at, AS_STORED).status, 200)

    def test_answers_are_kept_by_nobody(self):
        for path in (f"/dicom-web/studies/{self.study}", "/dicom-web/studies", "/dicom-web/studies/1.2.3"):
            self.assertEqual(self.node.get(path, AS_STORED if "/1." in path else {}).headers["Cache-Control"],
                             "no-store")

    def pixels(self, file):
        """Pixels as dcmdjpls, which decodes uncompressed files too, writes them."""
        plain = self.folder / "plain.dcm"
        subprocess.run([tool_path("dcmdjpls"), "+te", str(file), str(plain)], check=True, capture_output=True)
        model = read_file(plain)
        count = value(model, "00280010") * value(model, "00280011") * value(model, "00280100") // 8
        return plain.read_bytes()[-count:]

    def test_a_compressed_object_comes_as_asked_for(self):
        image = self.an_image()
        at, expected = self.path_of(image), self.pixels(image)
        compressed = self.folder / "compressed.dcm"
        subprocess.run([tool_path("dcmcjpls"), str(image), str(compressed)], check=True, capture_output=True)
        node = self.started()
        self.assertEqual(node.post("/instances", compressed.read_bytes()).status, 200)
        for accept, syntax in ((None, JPEG_LS), ("application/dicom", EXPLICIT),
                               (f"application/dicom; transfer-syntax={EXPLICIT}", EXPLICIT),
                               ("application/dicom; transfer-syntax=*", JPEG_LS),
                               (f"application/dicom; transfer-syntax={HTJ2K}", HTJ2K)):
            with self.subTest(accept=accept):
                reply = node.get(at, {"Accept": accept} if accept else {})
                self.assertEqual(reply.status, 200)
                kind = reply.headers["Content-Type"] if accept else parts_of(reply)[0][0]["Content-Type"]
                self.assertIn(f"transfer-syntax={syntax}", kind)
                if syntax == EXPLICIT:
                    plain = self.folder / "given.dcm"
                    plain.write_bytes(reply.body)
                    self.assertEqual(self.pixels(plain), expected)
        frame = node.get(at + "/frames/1", {"Accept": "application/octet-stream"})
        self.assertEqual((frame.status, frame.body), (200, expected))
        self.assertEqual(node.get(at, in_syntax("1.2.840.10008.1.2.4.102")).status, 406)
        self.assertEqual(node.get(at + "/frames/1", {"Accept": "video/mp4"}).status, 406)

    def test_what_dcmtk_cannot_read_reaches_a_receiver_that_takes_pixels(self):
        image = self.an_image()
        at, expected = self.path_of(image), self.pixels(image)
        compressed = self.node.get(at, in_syntax(HTJ2K))
        self.assertEqual(compressed.status, 200)
        node = self.started()
        self.assertEqual(node.post("/instances", compressed.body).status, 200)
        whole = node.get(f"/dicom-web/studies/{self.study}", AS_STORED)
        self.assertEqual([body for _, body in parts_of(whole)], [compressed.body])
        frame = node.get(at + "/frames/1", {"Accept": 'multipart/related; type="application/octet-stream"'})
        self.assertEqual([body for _, body in parts_of(frame)], [expected])
        frame = node.get(at + "/frames/1", {"Accept": 'multipart/related; type="application/octet-stream"; '
                                                      "transfer-syntax=*"})
        self.assertIn(HTJ2K, parts_of(frame)[0][0]["Content-Type"])
        with Receiver(node.workstation_port, options=()) as target:
            moved = movescu(node, {"StudyInstanceUID": self.study})
            self.assertEqual((moved.status, moved.completed), ("0x0000", 1), moved.said[-800:])
            received = [path for path in pathlib.Path(target.folder.name).iterdir() if path.is_file()]
            self.assertEqual(len(received), 1)
            self.assertEqual(self.pixels(received[0]), expected)


if __name__ == "__main__":
    unittest.main()
