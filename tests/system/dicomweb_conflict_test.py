"""Orthanc's own DICOMweb plugin on the same root is refused, on another root it is welcome."""
import os
import unittest

from harness.orthanc_server import DEBIAN_DICOMWEB, StartFailed
from harness.system_case import SystemCase


class DicomWebConflictTest(SystemCase):
    def setUp(self):
        super().setUp()
        self.assertTrue(os.path.exists(DEBIAN_DICOMWEB), "Debian's package orthanc-dicomweb is missing")

    def test_the_same_root_is_refused_with_a_sentence_whichever_is_loaded_first(self):
        for ours_first in (True, False):
            for root in ({}, {"DicomWeb": {"Root": "/dicom-web/"}}, {"DicomWeb": {"Root": "dicom-web"}}):
                with self.subTest(ours_first=ours_first, root=root):
                    server = self.server(extra_plugins=[DEBIAN_DICOMWEB], options=root)
                    if not ours_first:
                        plugins = server.configuration()["Plugins"]
                        server.options = {**root, "Plugins": plugins[::-1]}
                    with self.assertRaises(StartFailed) as refused:
                        server.start()
                    self.assertRegex(refused.exception.log, r"(?im)^E.*DICOMweb")
                    self.assertRegex(refused.exception.log, r"(?im)^E.*dicom-web")

    def test_another_root_is_welcome(self):
        server = self.started(extra_plugins=[DEBIAN_DICOMWEB], options={"DicomWeb": {"Root": "/other-web/"}})
        self.assertIn(server.get("/dicom-web/studies").status, (200, 204))
        self.assertEqual(server.get("/other-web/studies").status, 200)


if __name__ == "__main__":
    unittest.main()
