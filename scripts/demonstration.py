#!/usr/bin/env python3
"""Stores the demonstration region in a running node and prints what to try there; scripts/run calls it.

  demonstration.py store --region DIR --http-port N --dicom-port N
  demonstration.py lines --region DIR --http-port N --dicom-port N --query-retrieve-port N --workstation-port N

DIR holds what region_generator wrote. What Orthanc has whole is not sent again, so an interrupted run goes on.
"""
import argparse
import glob
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import urllib.error
import urllib.request

AET = "RECOGNITION"
WORKSTATION = "H001_WS"
CREATOR = "RECOGNITION 1.0"
KINDS = (("MEDICAL_INSURANCE", "medical insurance card 医保"), ("SOCIAL_SECURITY", "social security card 社保"),
         ("CITIZEN_CARD", "citizen card 市民"), ("HEALTH_CARD", "health card 健康卡"),
         ("RESIDENT_ID", "resident identity card"))


def http_json(port, path, body=None):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", data=body, timeout=60) as reply:
        return json.load(reply)


def stored_instances(port, study_uid):
    """How many instances of a study Orthanc holds."""
    found = [row for row in http_json(port, "/tools/lookup", study_uid.encode()) if row["Type"] == "Study"]
    return sum(http_json(port, row["Path"] + "/statistics")["CountInstances"] for row in found)


def send(region, part, dicom_port):
    """One C-STORE association for what one modality sends of one study; a sentence where that fails."""
    done = subprocess.run(
        ["storescu", "-v", "-R", "-nh", "+sd", "-aet", part["aet"], "-aec", AET, "127.0.0.1", str(dicom_port),
         str(region / part["folder"])],
        env=dict(os.environ, TCP_NODELAY="1"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    said = done.stdout.decode("utf-8", "replace")
    taken = len(re.findall(r"Received Store Response \(Success\)", said))
    if done.returncode or taken != len(part["files"]):
        last = [line for line in said.splitlines() if line.startswith(("E:", "F:"))][-1:] or said.splitlines()[-1:]
        return f"{part['aet']} could store {taken} of {len(part['files'])} objects: {' '.join(last)}"
    return None


def store(arguments, manifest):
    studies = manifest["studies"]
    missing = [study for study in studies
               if stored_instances(arguments.http_port, study["study_instance_uid"])
               < sum(len(part["files"]) for part in study["parts"])]
    if not missing:
        print(f"The demonstration region is stored already ({len(studies)} studies).")
        return 0
    total = sum(len(part["files"]) for study in missing for part in study["parts"])
    print(f"Storing the demonstration region: {len(missing)} studies, {total} objects ...")
    sent = 0
    for study in missing:
        for part in study["parts"]:
            failure = send(arguments.region, part, arguments.dicom_port)
            if failure:
                print(failure, file=sys.stderr)
                return 1
            sent += len(part["files"])
            print(f"  {sent:5} of {total}  {part['aet']:9} {study['modality']:3} {study['study_description']}",
                  flush=True)
    return 0


def sent_card(manifest, issuer):
    """The card of that kind whose holder has most studies: (person, value)."""
    holders = [(len(person["studies"]), person, card["value"]) for person in manifest["persons"]
               for card in person["cards"] if card["issuer"] == issuer and card["sent"]]
    return max(holders, key=lambda row: row[0])[1:] if holders else (None, None)


def find_line(port, keys):
    verdict = ["-k", f"0b01,0010={CREATOR}", "-k", "0b01,1001", "-k", "0b01,1008"]
    asked = [part for key in keys for part in ("-k", key)]
    return shlex.join(["findscu", "-S", "-aet", WORKSTATION, "-aec", AET, "127.0.0.1", str(port),
                       "-k", "QueryRetrieveLevel=STUDY", *asked, "-k", "PatientName", "-k", "StudyDate",
                       "-k", "StudyDescription", "-k", "ModalitiesInStudy", *verdict])


def dictionary_line(folder):
    """DCMTK's tools name our private elements when they read our dictionary too."""
    own = sorted(glob.glob(str(folder / "*.dic")))
    shipped = sorted(glob.glob("/usr/share/*dcmtk*/dicom.dic"))
    if not own or not shipped:
        return None
    return "export DCMDICTPATH=" + shlex.quote(":".join([shipped[-1], *own]))


def report_lines(arguments, card):
    base = f"http://127.0.0.1:{arguments.http_port}/recognition/reports"
    yield shlex.join(["curl", "-s", f"{base}?card={card}"])
    try:
        answer = http_json(arguments.http_port, f"/recognition/reports?card={card}")
    except (OSError, ValueError):
        return
    if answer:
        yield shlex.join(["curl", "-s", "-o", "report", f"{base}/{answer[0]['identifier']}/document"])


def lines(arguments, manifest):
    dicom, http = arguments.query_retrieve_port, arguments.http_port

    def show(why, *commands):
        print(f"\n# {why}")
        for command in commands:
            print(f"  {command}")

    print("\nThe node is ready. Each line below can be pasted into another terminal.")
    dictionary = dictionary_line(arguments.dictionary)
    if dictionary:
        show("Once: let DCMTK's tools name the elements of the verdict", dictionary)
    for issuer, kind in KINDS:
        person, card = sent_card(manifest, issuer)
        if card:
            show(f"{person['name']} by the {kind}: {len(person['studies'])} studies at all hospitals, with verdicts",
                 find_line(dicom, [f"PatientID={card}"]))
    person, card = sent_card(manifest, "MEDICAL_INSURANCE")
    own = next((entry["value"] for entry in person["local_ids"] if entry["issuer"] == "H001" and entry["sent"]), None)
    if own:
        show(f"{person['name']} by the number that the asker's own hospital gave", find_line(dicom, [f"PatientID={own}"]))
    show("The same studies fetched to this workstation (the first line receives in the background)",
         f"mkdir -p received && storescp -aet {WORKSTATION} +xa -od received {arguments.workstation_port} &",
         shlex.join(["movescu", "-P", "-aet", WORKSTATION, "-aec", AET, "-aem", WORKSTATION, "127.0.0.1", str(dicom),
                     "-k", "QueryRetrieveLevel=PATIENT", "-k", f"PatientID={card}"]))
    show("The same over one association, by C-GET: the images of all hospitals, by the card",
         "mkdir -p got && " + shlex.join(["getscu", "-P", "-aet", WORKSTATION, "-aec", AET, "-od", "got", "127.0.0.1", str(dicom),
                                          "-k", "QueryRetrieveLevel=PATIENT", "-k", f"PatientID={card}"]))
    show("The same question over DICOMweb",
         shlex.join(["curl", "-s", f"http://127.0.0.1:{http}/dicom-web/studies?PatientID={card}"
                                   f"&0B010010={CREATOR.replace(' ', '%20')}&includefield=0B011001,0B011008"]))
    show("The reports of that person, and the first of them as a document", *report_lines(arguments, card))
    show("How the node is", shlex.join(["curl", "-s", f"http://127.0.0.1:{http}/recognition/status"]))
    print()
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("store", "lines"))
    parser.add_argument("--region", type=pathlib.Path, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--dicom-port", type=int, required=True)
    parser.add_argument("--query-retrieve-port", type=int, default=4243)
    parser.add_argument("--workstation-port", type=int, default=11112)
    parser.add_argument("--dictionary", type=pathlib.Path, default=pathlib.Path(__file__).parent.parent / "dicom-conf")
    arguments = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    try:
        manifest = json.loads((arguments.region / "manifest.json").read_text(encoding="utf-8"))
        return store(arguments, manifest) if arguments.what == "store" else lines(arguments, manifest)
    except (OSError, ValueError) as failure:
        print(f"demonstration: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
