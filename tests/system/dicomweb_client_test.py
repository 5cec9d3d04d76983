"""DICOMweb as clients see it that are not ours: odil writes the requests and reads the answers, GDCM decodes the pixels.

Debian has no DICOMweb client for Python; odil's webservices are the one implementation in it that can be driven.
"""
import hashlib
import json
import pathlib
import subprocess
import unittest

from harness import gdcm_tools
from harness.dimse_tools import read_file, tool, value
from harness.orthanc_server import BINARY
from harness.system_case import RegionCase

PYTHON = gdcm_tools.PYTHON  # Debian's, for which odil and GDCM are packaged
CLIENT = pathlib.Path(__file__).parent / "harness" / "odil_web_client.py"
EXPLICIT = "1.2.840.10008.1.2.1"
# How a slice is compressed, the syntax that it then has, and the media type that names it (PS3.18 table 8.7.3-5).
COMPRESSIONS = {
    "JPEG lossless": (("dcmcjpeg", "+e1"), "1.2.840.10008.1.2.4.70", "image/jpeg"),
    "JPEG-LS": (("dcmcjpls",), "1.2.840.10008.1.2.4.80", "image/jls"),
    "RLE": (("dcmcrle",), "1.2.840.10008.1.2.5", "image/dicom-rle"),
    "JPEG 2000": (None, "1.2.840.10008.1.2.4.90", "image/jp2"),
}
# Of these elements GDCM makes its picture.
IMAGE = {0x00280002: "US", 0x00280004: "CS", 0x00280010: "US", 0x00280011: "US", 0x00280100: "US", 0x00280101: "US",
         0x00280102: "US", 0x00280103: "US", 0x00080016: "UI", 0x00080018: "UI"}


def have_clients():
    return gdcm_tools.have_gdcm() and subprocess.run([PYTHON, "-c", "import odil"], capture_output=True, check=False).returncode == 0


def element(model, tag):
    return value(model, f"{tag:08X}")


@unittest.skipUnless(have_clients(), "python3-odil or python3-gdcm is not there")
class DicomWebClientTest(RegionCase):
    def odil(self, operation, server=None, **asked):
        asked["port"] = (server or self.node).http_port
        done = subprocess.run([PYTHON, str(CLIENT), operation, json.dumps(asked)], capture_output=True, timeout=120, check=False)
        last_line = done.stderr.decode(errors="replace").splitlines()[-1:]
        self.assertEqual(done.returncode, 0, f"odil could not {operation}: {last_line}")
        return json.loads(done.stdout)

    def models(self, key):
        """{SOP Instance UID: JSON model} of a study's files."""
        return {value(model, "00080018"): model for model in map(read_file, self.region.files(key))}

    def uid(self, key):
        return self.region.studies[key]["study_instance_uid"]

    def test_every_card_finds_its_studies_in_json_and_xml(self):
        for person in self.region.persons.values():
            # A hospital's own number without its issuer is read as one of the asker's hospital, H001.
            for number in (entry for entry in person["cards"] + person["local_ids"]
                           if entry["sent"] and entry["issuer"] not in ("H002", "H003")):
                for representation in ("DICOM_JSON", "DICOM_XML") if number["issuer"] == "RESIDENT_ID" else ("DICOM_JSON",):
                    with self.subTest(person=person["key"], issuer=number["issuer"], representation=representation):
                        found = self.odil("search", selector={"studies": ""}, representation=representation,
                                          keys={"PatientID": number["value"], "StudyDescription": ""},
                                          read=["StudyInstanceUID", "PatientID", "PatientName", "NumberOfStudyRelatedInstances"])
                        self.assertEqual(sorted(row["StudyInstanceUID"][0] for row in found), sorted(person["studies"]))
                        for row in found:
                            study = self.region.by_uid[row["StudyInstanceUID"][0]]
                            self.assertEqual(row["PatientID"], [number["value"]])
                            self.assertTrue(row["PatientName"] == [person["patient_name"]], "another name")
                            self.assertEqual(row["NumberOfStudyRelatedInstances"], [self.region.objects(study["key"])])

    def test_a_name_in_chinese_finds_its_person(self):
        found = self.odil("search", selector={"studies": ""}, keys={"PatientName": "张*"}, read=["StudyInstanceUID"])
        self.assertEqual(sorted(row["StudyInstanceUID"][0] for row in found), sorted(self.region.persons["P1"]["studies"]))

    def test_series_and_instances_are_searched_below_and_beside_their_study(self):
        models = self.models("02-head-mr")
        study, read = self.uid("02-head-mr"), ["SOPInstanceUID", "SeriesInstanceUID"]
        below = self.odil("search", selector={"studies": study, "instances": ""}, read=read)
        beside = self.odil("search", selector={"instances": ""}, keys={"StudyInstanceUID": study}, numerical=True, read=read)
        self.assertEqual(sorted(row["SOPInstanceUID"][0] for row in below), sorted(models))
        self.assertEqual(sorted(row["SOPInstanceUID"][0] for row in beside), sorted(models))
        series = self.odil("search", selector={"studies": study, "series": ""}, read=["SeriesInstanceUID"])
        self.assertEqual({row["SeriesInstanceUID"][0] for row in series}, {value(model, "0020000E") for model in models.values()})
        for row in series:
            one = row["SeriesInstanceUID"][0]
            inside = self.odil("search", selector={"studies": study, "series": one, "instances": ""}, read=read)
            self.assertEqual(sorted(of["SOPInstanceUID"][0] for of in inside),
                             sorted(uid for uid, model in models.items() if value(model, "0020000E") == one))

    def test_metadata_in_json_and_xml_is_that_of_the_files(self):
        names = {"PatientName": "00100010", "StudyDescription": "00081030", "Rows": "00280010", "WindowWidth": "00281051",
                 "ImagePositionPatient": "00200032", "SliceThickness": "00180050", "AccessionNumber": "00080050"}
        for representation in ("DICOM_JSON", "DICOM_XML"):
            with self.subTest(representation=representation):
                models = self.models("01-chest-ct")
                for row in self.odil("retrieve", selector={"studies": self.uid("01-chest-ct")}, representation=representation,
                                     read=["SOPInstanceUID", *names]):
                    model = models.pop(row["SOPInstanceUID"][0])
                    for name, tag in names.items():
                        expected = model.get(tag, {}).get("Value", [])
                        if name == "PatientName":
                            expected = [value(model, tag)]
                        self.assertTrue(row.get(name, []) == expected, f"{name} differs")
                self.assertEqual(models, {})

    def test_instances_have_the_pixels_of_the_files(self):
        for level in ("studies", "series", "instances"):
            with self.subTest(level=level):
                path = self.region.files("01-chest-ct")[0]
                model = read_file(path)
                asked = {"studies": value(model, "0020000D"), "series": value(model, "0020000E"), "instances": value(model, "00080018")}
                selector = dict(list(asked.items())[:list(asked).index(level) + 1])
                rows = self.odil("retrieve", selector=selector, representation="DICOM", syntax="*", read=["SOPInstanceUID"])
                got = {row["SOPInstanceUID"][0]: row.get("pixels") for row in rows}
                self.assertEqual(got[asked["instances"]], hashlib.sha256(self.pixels(path, model)).hexdigest())

    def pixels(self, path, model):
        return path.read_bytes()[-element(model, 0x00280010) * element(model, 0x00280011) * element(model, 0x00280100) // 8:]

    def slice_of_its_own(self, number):
        """A generated slice of another study each time."""
        folder = self.folder / "cts"
        if not folder.exists():
            subprocess.run([str(BINARY / "region_generator"), "ct", "--output", str(folder), "--patients", str(len(COMPRESSIONS)),
                            "--slices", "1", "--size", "64"], check=True, capture_output=True, timeout=120)
        return sorted(folder.glob("H001_CT/*/*.dcm"))[number]

    def frames(self, model, **asked):
        """The frames that odil was given: (media type, bytes) each."""
        folder = self.files_folder("frames")
        kinds = self.odil("frames", folder=str(folder), frames=[1], **asked, selector={
            "studies": value(model, "0020000D"), "series": value(model, "0020000E"), "instances": value(model, "00080018")})
        return [(kind, (folder / str(number)).read_bytes()) for number, kind in enumerate(kinds)]

    def test_frames_decode_to_the_pixels_that_were_compressed(self):
        for number, (name, (command, syntax, media_type)) in enumerate(COMPRESSIONS.items()):
            with self.subTest(syntax=name):
                source, target = self.slice_of_its_own(number), self.folder / f"{number}.dcm"
                if command:
                    code, said = tool(command[0], *command[1:], source, target)
                    self.assertEqual(code, 0, said[-300:])
                else:
                    gdcm_tools.compress_j2k(source, target)
                self.assertEqual(self.node.post("/instances", target.read_bytes()).status, 200)
                model = read_file(source)
                pixels = self.pixels(source, model)
                (kind, code_stream), = self.frames(model, media_type=media_type, syntax=syntax)
                self.assertIn(media_type, kind)
                elements = {tag: (vr, element(model, tag)) for tag, vr in IMAGE.items()}
                self.assertTrue(gdcm_tools.decoded(elements, code_stream, syntax) == pixels, "GDCM decodes other pixels")
                # Decoded by the server, for who wants no compressed pixels.
                (kind, plain), = self.frames(model, media_type="application/octet-stream", syntax=EXPLICIT)
                self.assertTrue(plain == pixels, "the server decodes other pixels")

    def test_what_is_stored_is_found_and_has_its_pixels(self):
        files = self.region.files("12-chest-ct")
        models = self.models("12-chest-ct")
        images = [path for path in files if value(read_file(path), "00080060") == "CT"]
        expected = sorted(value(read_file(path), "00080018") for path in images)
        server = self.started()
        said = self.odil("store", server=server, selector={"studies": ""}, files=list(map(str, images)))
        self.assertEqual((sorted(said["stored"]), said["failed"]), (expected, []))
        found = self.odil("search", server=server, selector={"studies": ""}, read=["StudyInstanceUID"],
                          keys={"PatientID": self.region.card("P4", "HEALTH_CARD")})
        self.assertEqual([row["StudyInstanceUID"] for row in found], [[self.uid("12-chest-ct")]])
        got = self.odil("retrieve", server=server, selector={"studies": self.uid("12-chest-ct")}, syntax="*",
                        representation="DICOM", read=["SOPInstanceUID"])
        self.assertEqual({row["SOPInstanceUID"][0]: row["pixels"] for row in got},
                         {uid: hashlib.sha256(self.pixels(path, models[uid])).hexdigest()
                          for path in images for uid in [value(read_file(path), "00080018")]})


if __name__ == "__main__":
    unittest.main()
