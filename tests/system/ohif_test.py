"""OHIF in a browser: a card finds a person's priors at every hospital, and their CT is drawn from our bytes.

Pictures of what it showed stay in the build folder under ohif/.
"""
import datetime
import json
import subprocess
import unittest

from harness import browser, ohif
from harness.dimse_tools import read_file, shared_testdata, tool, value
from harness.gdcm_tools import compress_j2k, have_gdcm
from harness.orthanc_server import BINARY
from harness.pictures import likeness, middle_square, read_png, smaller, windowed
from harness.system_case import RegionCase

PICTURES = BINARY / "ohif"
# Each row of the list is a table of its own in a row.
ROWS = """[...document.querySelectorAll('[data-cy="study-list-results"] tr')].filter(row => !row.querySelector('tr'))
  .map(row => row.innerText)"""
VIEWPORT = ".cornerstone-viewport-element"
PRIORS = '[data-cy="studyBrowser-panel"]'
# The picture is there when the canvas that the page shows has many grey values; gives the image that it is of.
DRAWN = """(() => {
  const canvas = document.querySelector('canvas.cornerstone-canvas');
  if (!canvas || !canvas.width || !canvas.height || !window.cornerstone) return null;
  const small = document.createElement('canvas');
  small.width = small.height = 64;
  const context = small.getContext('2d');
  context.drawImage(canvas, 0, 0, 64, 64);
  const bytes = context.getImageData(0, 0, 64, 64).data;
  const seen = new Set();
  for (let at = 0; at < bytes.length; at += 4) seen.add(bytes[at]);
  if (seen.size < 16) return null;
  const engines = window.cornerstone.getRenderingEngines();
  const viewport = engines && engines.length && engines[0].getViewports()[0];
  return viewport && viewport.getCurrentImageId ? viewport.getCurrentImageId() : null;
})()"""
SIDE = 48  # pictures are compared in as many fields a side
ALIKE = 0.95


def expected_picture(path):
    """An uncompressed slice in its own window, as a small picture."""
    model = read_file(path)
    rows, columns = value(model, "00280010"), value(model, "00280011")
    pixels = path.read_bytes()[-2 * rows * columns:]
    window = [float(value(model, tag)) for tag in ("00281053", "00281052", "00281050", "00281051")]
    return smaller(middle_square(windowed(pixels, rows, columns, *window)), SIDE)


def by_uid(files):
    return {value(read_file(path), "00080018"): path for path in files}


def shown_date(text):
    """A date as OHIF writes it."""
    return datetime.datetime.strptime(text, "%Y%m%d").strftime("%d-%b-%Y")


PAGES, WITHOUT = ohif.pages() if browser.PROGRAM else (None, "Chromium is missing; install chromium")


@unittest.skipUnless(PAGES, WITHOUT)
class OhifTest(RegionCase):
    region_size = {"slices": 12, "size": 256}

    def setUp(self):
        super().setUp()
        self.serve_from("http_port")
        self.page = self.enterContext(browser.Page())
        self.page.before_each_page(ohif.NO_INTRODUCTION)

    def serve_from(self, door):
        """The viewer asks on that port of the node from now on."""
        self.site = self.enterContext(ohif.Site(PAGES, getattr(self.node, door)))

    def keep_picture(self, name):
        self.page.wait_drawn()
        self.page.picture(PICTURES / f"{name}.png")

    def search(self, number):
        """Opens the list, types a number where the list has the patient's number; the text of each study found."""
        self.page.open(self.site.url("/"))
        self.page.wait_for(f"{ROWS}.length", "the list of studies")
        self.page.type('[data-cy="input-mrn"]', number)
        self.page.wait_for(f"(rows => rows.length && rows.every(row => row.includes({json.dumps(number)})))({ROWS})",
                           "the studies of the number")
        return self.page.value(ROWS)

    def show(self, study_uid, scroll=0):
        """Opens a study and scrolls by so many slices; the SOP Instance UID that is shown then."""
        self.page.open(self.site.url(f"/viewer?StudyInstanceUIDs={study_uid}"))
        image = self.page.wait_for(DRAWN, "a drawn slice")
        for _ in range(scroll):
            self.page.turn_wheel(VIEWPORT)
            image = self.page.wait_for(f"(shown => shown !== {json.dumps(image)} && shown)({DRAWN})", "the next slice")
        return image.split("/instances/")[1].split("/")[0]

    def assert_drawn(self, path):
        """The screen shows the picture of that file, and not a black or grey surface."""
        self.page.wait_drawn()
        found = read_png(self.page.picture(box=self.page.box(VIEWPORT), scale=0.4))
        self.assertGreater(likeness(smaller(middle_square(found), SIDE), expected_picture(path)), ALIKE,
                           "the picture is not that of the slice")
        self.assertEqual(self.site.refused(), [])

    def test_a_card_lists_the_priors_of_three_hospitals(self):
        studies = [self.region.by_uid[uid] for uid in self.region.persons["P2"]["studies"]]
        self.assertEqual({study["institution"] for study in studies}, {"H001", "H002", "H003"})
        rows = self.search(self.region.card("P2", "MEDICAL_INSURANCE"))
        self.keep_picture("list")
        self.assertEqual(len(rows), len(studies))
        for study in studies:
            self.assertEqual(len([row for row in rows if study["accession_number"] in row]), 1)
        self.assertEqual(self.site.refused(), [])

    def test_a_ct_is_drawn_beside_the_priors_of_the_other_hospitals(self):
        key = "06-chest-ct-contrast"
        files = by_uid(self.region.files(key))
        for door in ("http_port", "web_port"):
            with self.subTest(door=door):
                self.serve_from(door)
                shown = self.show(self.region.studies[key]["study_instance_uid"], scroll=6)
                self.assert_drawn(files[shown])
                # The viewer asks for the patient's other studies by the number that this study has.
                for uid in self.region.persons["P2"]["studies"]:
                    date = shown_date(self.region.by_uid[uid]["study_date"])
                    self.page.wait_for(f"document.querySelector('{PRIORS}').innerText.includes({json.dumps(date)})",
                                       "a prior beside the picture")
                self.keep_picture("viewer" if door == "http_port" else "viewer-web-port")

    def generated_cts(self, number):
        """That many studies of four slices: rows of (manifest's row, files)."""
        folder = self.folder / "cts"
        subprocess.run([str(BINARY / "region_generator"), "ct", "--output", str(folder), "--patients", str(number), "--slices",
                        "4", "--size", "256"], check=True, capture_output=True, timeout=120)
        studies = json.loads((folder / "manifest.json").read_text())["studies"]
        return [(study, sorted((folder / study["folder"]).glob("*.dcm"))) for study in studies]

    def test_compressed_slices_are_drawn(self):
        def dcmtk(name):
            def compress(source, target):
                code, said = tool(name, source, target)
                self.assertEqual(code, 0, said[-500:])
            return compress
        kinds = [("jpeg-ls", dcmtk("dcmcjpls"), "1.2.840.10008.1.2.4.80"), ("jpeg-lossless", dcmtk("dcmcjpeg"), "1.2.840.10008.1.2.4.70")]
        if have_gdcm():
            kinds.append(("jpeg-2000", compress_j2k, "1.2.840.10008.1.2.4.90"))
        for (name, compress, syntax), (study, files) in zip(kinds, self.generated_cts(len(kinds))):
            with self.subTest(syntax=name):
                for path in files:
                    target = self.folder / f"{name}-{path.name}"
                    compress(path, target)
                    self.assertEqual(self.node.post("/instances", target.read_bytes()).status, 200)
                del self.site.asked[:]
                shown = self.show(study["study_instance_uid"], scroll=2)
                self.assert_drawn(by_uid(files)[shown])
                self.keep_picture(name)
                # The browser decodes: what was stored compressed goes out as it is.
                heads = self.site.frame_heads()
                self.assertTrue(heads and all(b"transfer-syntax=" + syntax.encode() in head for head in heads))

    @unittest.skipUnless(shared_testdata(), "there is no folder of real files")
    def test_a_real_ct_is_drawn(self):
        files = by_uid(path for path in sorted((shared_testdata() / "neurolabusc+dcm_qa_ct").rglob("*"))
                       if path.is_file() and path.read_bytes()[128:132] == b"DICM")
        series = {}
        for uid, path in files.items():
            series.setdefault(value(read_file(path), "0020000E"), []).append(uid)
        largest = max(series.values(), key=len)
        for uid in largest:
            self.assertEqual(self.node.post("/instances", files[uid].read_bytes()).status, 200)
        shown = self.show(value(read_file(files[largest[0]]), "0020000D"), scroll=len(largest) // 2)
        self.assert_drawn(files[shown])
        self.keep_picture("real-ct")


if __name__ == "__main__":
    unittest.main()
