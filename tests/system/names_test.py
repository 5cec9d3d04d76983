"""Chinese names: stored in every character set that is seen in practice, matched and answered right."""
import csv
import subprocess
import unittest

from harness import part10
from harness.dimse_tools import findscu, shared_testdata, storescu, tool_path, value
from harness.orthanc_server import AET
from harness.system_case import SystemCase

ESCAPE = b"\x1b$)A"  # ISO 2022 IR 58 designated to G1, again after each delimiter (PS3.5 K)


def ir58(text):
    """Text with hanzi as ISO 2022 IR 58: each run between delimiters begins with the escape sequence."""
    out, fresh = b"", True
    for letter in text:
        if letter in "^=\\":
            out, fresh = out + letter.encode(), True
        elif letter.isascii():
            out += letter.encode()
        else:
            out, fresh = out + (ESCAPE if fresh else b"") + letter.encode("gb2312"), False
    return out


# character set, how its bytes are made, name, description
ROWS = (
    ("ISO_IR 192", "utf-8", "Wang^XiaoDong=王^小东", "胸部CT平扫"),
    ("ISO_IR 192", "utf-8", "Ouyang^Na=欧阳^娜", "𠮷 𡈽 beyond the basic plane"),
    ("GB18030", "gb18030", "Zhang^Wei=张^伟", "头颅MR平扫"),
    ("GB18030", "gb18030", "王小东", "𠮷"),
    ("GBK", "gbk", "Xie^Cheng=謝^誠昞", "蝄蟎篭"),  # trail bytes 0x5C
    ("GBK", "gbk", "Lu^Xi=盧^璺", "腹部CT增强"),
    ("\\ISO 2022 IR 58", ir58, "Zhang^XiaoDong=张^小东", "头部 CT 增强^二期"),
    ("ISO_IR 100", "latin-1", "Müller^Jörg", "Schädel"),
    ("", "ascii", "Plain^Ascii", "Chest"),
)


class NamesTest(SystemCase):
    def store_rows(self):
        server, folder = self.started(), self.files_folder()
        rows = []
        for number, (term, codec, name, description) in enumerate(ROWS):
            encode = codec if callable(codec) else lambda text, codec=codec: text.encode(codec)
            study = part10.new_uid("1")
            part10.write_instance(folder / f"{number}.dcm", patient_id=f"NAME{number:04}", study=study, name=encode(name),
                                  character_set=term, more={0x00081030: ("LO", encode(description))})
            rows.append((study, f"NAME{number:04}", name, description))
            self.secrets |= {f"NAME{number:04}", *name.split("=")}
        self.assertEqual(storescu(self.door(server), folder, options=("+sd",))[1], ["Success"] * len(ROWS))
        return server, rows

    def test_every_character_set_comes_back_correct(self):
        server, rows = self.store_rows()
        keys = {"PatientName": "", "StudyDescription": "", "StudyInstanceUID": ""}
        for study, patient_id, name, description in rows:
            with self.subTest(description=description):
                found = findscu(self.door(server), {"PatientID": patient_id, **keys})
                self.assertEqual(found.column("0020000D"), [study])
                self.assertEqual(value(found.answers[0], "00100010"), name)
                self.assertEqual(value(found.answers[0], "00081030"), description)
                over_http = server.get(f"/dicom-web/studies?PatientID={patient_id}&includefield=00081030").json()
                self.assertEqual([value(over_http[0], "00100010"), value(over_http[0], "00081030")], [name, description])

    def test_a_name_matches_by_any_of_its_groups(self):
        server, rows = self.store_rows()
        by_name = {name: study for study, _, name, _ in rows}
        for asked, name in (("Wang^XiaoDong", "Wang^XiaoDong=王^小东"), ("wang^xiao*", "Wang^XiaoDong=王^小东"),
                            ("王^小东", "Wang^XiaoDong=王^小东"), ("张^伟", "Zhang^Wei=张^伟"), ("=张^伟", "Zhang^Wei=张^伟"),
                            ("張^偉", None), ("王小东", "王小东"), ("謝*", "Xie^Cheng=謝^誠昞"), ("欧阳^?", "Ouyang^Na=欧阳^娜"),
                            ("MÜLLER^JÖRG", "Müller^Jörg"), ("plain^*", "Plain^Ascii")):
            with self.subTest(asked=asked):
                found = findscu(self.door(server), {"PatientName": asked, "StudyInstanceUID": ""}).column("0020000D")
                if name is None:
                    self.assertEqual(found, [])
                else:
                    self.assertIn(by_name[name], found)
                    self.assertLess(len(found), 3)

    def test_a_question_in_gb18030_finds_what_came_in_other_sets(self):
        server, rows = self.store_rows()
        with self.subTest("GB18030"):
            code, said = tool_bytes(self.door(server), "GB18030", "王*".encode("gb18030"))
            self.assertEqual(code, 0)
            self.assertGreaterEqual(said.count("Pending"), 2)
        self.assertEqual(len(rows), len(ROWS))

    def test_the_real_files_of_each_set(self):
        shared = shared_testdata()
        if shared is None:
            return
        with open(shared / "derived-cn" / "expected.tsv", encoding="utf-8", newline="") as table:
            rows = list(csv.DictReader(table, delimiter="\t"))
        server = self.started()
        for row in rows:
            with self.subTest(file=row["file"]):
                path = shared / "derived-cn" / row["file"]
                stored = server.post("/instances", path.read_bytes())
                self.assertEqual(stored.status, 200)
                tags = server.get(f"/instances/{stored.json()['ID']}/simplified-tags").json()
                found = findscu(self.door(server), {"StudyInstanceUID": tags["StudyInstanceUID"], "PatientName": "",
                                         "StudyDescription": ""})
                self.assertEqual(len(found.answers), 1)
                self.assertEqual(value(found.answers[0], "00100010"), row["PatientName"])
                self.assertEqual(value(found.answers[0], "00081030"), row["StudyDescription"])
        # And as a modality sends them.
        server.stop()
        again = self.started()
        code, statuses, said = storescu(self.door(again), *(shared / "derived-cn" / row["file"] for row in rows), options=())
        self.assertEqual((code, statuses), (0, ["Success"] * len(rows)), said[-500:])
        self.assert_index_equals_orthanc(again)


def tool_bytes(server, term, name):
    """findscu with a name in bytes of that character set."""
    done = subprocess.run([tool_path("findscu"), "-v", "-S", "-aet", "H001_WS", "-aec", AET, "127.0.0.1",
                           str(server.dicom_port), "-k", "0008,0052=STUDY", "-k", f"0008,0005={term}", "-k",
                           b"0010,0010=" + name, "-k", "0020,000D"], capture_output=True, timeout=60, check=False)
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


if __name__ == "__main__":
    unittest.main()
