"""Identifiers of C-FIND, C-MOVE and C-GET as bytes (explicit VR little endian)."""
from harness import part10

LEVEL, CHARACTER_SET, PATIENT_NAME, PATIENT_ID, STUDY_UID = 0x00080052, 0x00080005, 0x00100010, 0x00100020, 0x0020000D
SERIES_UID, SOP_UID, FAILED_LIST, STUDY_DATE, STUDY_TIME = 0x0020000E, 0x00080018, 0x00080058, 0x00080020, 0x00080030
STUDY_DESCRIPTION, SERIES_DESCRIPTION, ACCESSION, DIAGNOSES = 0x00081030, 0x0008103E, 0x00080050, 0x00081080
ISSUER = 0x00100021
_VRS = {LEVEL: "CS", CHARACTER_SET: "CS", PATIENT_NAME: "PN", STUDY_UID: "UI", SERIES_UID: "UI", SOP_UID: "UI",
        STUDY_DATE: "DA", STUDY_TIME: "TM", ACCESSION: "SH"}


def identifier(keys, level="STUDY", encoding="utf-8"):
    """keys: {tag: value}; those not named above are LO."""
    return part10.dataset({tag: (_VRS.get(tag, "LO"), text) for tag, text in {LEVEL: level, **keys}.items()}, encoding)
