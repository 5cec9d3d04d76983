#!/usr/bin/env python3
"""Checks every #include under core/ and plugin/ against the floors that CMakeLists.txt declares.

A floor is a folder named by add_floor(path USES floors...). A file may include headers of its own floor, of the
floors that its line names and of those that they name in turn, and the outside libraries of OUTSIDE below.
Prints one line a violation, file:line, and ends with 1 where there is one.
"""
import argparse
import pathlib
import re
import sys

# Which outside headers are bound to which floors; a floor also binds what stands under it. A header that no row
# names (the C++ and C library, doctest, nlohmann) is free everywhere.
OUTSIDE = (
    ("DCMTK's data sets", r"dcmtk/(config|dcmdata|ofstd|oflog)/.*",
     ("core/dicom", "core/codec", "core/render", "core/index", "core/dicomweb", "core/service", "plugin")),
    ("DCMTK's codecs", r"dcmtk/(dcmimgle|dcmimage|dcmjpeg|dcmjpls)/.*", ("core/codec",)),
    ("DCMTK's network", r"dcmtk/(dcmnet|dcmtls)/.*", ("plugin/dimse",)),
    ("SQLite", r"sqlite3.*\.h", ("core/index/sqlite",)),
    ("PostgreSQL", r"(postgresql/)?libpq.*\.h", ("core/index/postgresql",)),
    ("ICU", r"unicode/.*", ("core/dicom", "core/recognition", "core/matching")),
    ("image codecs", r"(charls/|openjpeg|openjph/).*", ("core/codec",)),
    ("picture formats", r"(jpeglib|png|gif_lib|ft2build|freetype).*", ("core/codec", "core/render")),
    ("the XML parser", r"expat\.h", ("core/dicom",)),
    ("Boost", r"boost/.*", ("plugin/dimse", "plugin/net", "plugin/port", "plugin/web", "plugin/mllp")),
    ("OpenSSL's digests", r"openssl/(evp|hmac|sha|rand|crypto|err)\.h", ("core/base", "plugin/dimse", "plugin/net", "plugin/port", "plugin/web", "plugin/mllp")),
    ("OpenSSL's TLS", r"openssl/.*", ("plugin/dimse", "plugin/net", "plugin/port", "plugin/web", "plugin/mllp")),
    ("addresses in text", r"arpa/inet\.h", ("core/service", "plugin")),
    ("sockets", r"(sys/socket|sys/epoll|netinet/.*|netdb|sys/un)(\.h)?", ("plugin/dimse", "plugin/net", "plugin/port", "plugin/web", "plugin/mllp")),
    ("the Orthanc SDK", r"(orthanc/)?OrthancC.*Plugin\.h", ("plugin/orthanc", "plugin/plugin.cpp")),
)

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
ADD_FLOOR = re.compile(r"^add_floor\(([^)]*)\)", re.MULTILINE)


def is_wiring(path):
    """The files that stand in plugin/ itself belong to no floor: they put the floors together and may use all."""
    return path.startswith("plugin/") and path.count("/") == 1



def read_floors(cmake_text):
    """Floor -> the floors its add_floor line names."""
    floors = {}
    for match in ADD_FLOOR.finditer(cmake_text):
        words = match.group(1).split()
        uses, in_uses = [], False
        for word in words[1:]:
            if word in ("USES", "LIBRARIES"):
                in_uses = word == "USES"
            elif in_uses:
                uses.append(word)
        floors[words[0]] = uses
    return floors


def reach(floors, floor):
    """All floors that a floor may include, itself among them (CMake links them transitively)."""
    seen, todo = set(), [floor]
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo.extend(floors.get(here, ()))
    return seen


def floor_of(floors, path):
    """The deepest declared floor that holds the path, or None."""
    holders = [floor for floor in floors if path.startswith(floor + "/")]
    return max(holders, key=len, default=None)


def order_errors(floors):
    """A floor may name only floors declared above it: so there is no circle."""
    above = []
    for floor, uses in floors.items():
        for used in uses:
            if used not in above:
                yield f"CMakeLists.txt: {floor} uses {used}, which is not declared above it"
        above.append(floor)


def include_error(floors, path, header):
    """What is wrong with one include, or None."""
    own = floor_of(floors, path)
    if header.startswith(("core/", "plugin/")):
        if is_wiring(path):
            return None
        other = floor_of(floors, header)
        if other is None:
            return f"{header} belongs to no declared floor"
        if other not in reach(floors, own):
            return f"{own} may not use {other} (its add_floor line does not name it)"
        return None
    for library, pattern, allowed in OUTSIDE:
        if re.fullmatch(pattern, header):
            if not any(path == place or path.startswith(place + "/") for place in allowed):
                return f"{library} ({header}) belongs to {', '.join(allowed)}"
            return None
    return None


def check(root):
    floors = read_floors((root / "CMakeLists.txt").read_text())
    errors = list(order_errors(floors))
    count = 0
    for folder in ("core", "plugin"):
        for file in sorted((root / folder).rglob("*")):
            if file.suffix not in (".cpp", ".hpp", ".h", ".cc"):
                continue
            path = file.relative_to(root).as_posix()
            if not is_wiring(path) and floor_of(floors, path) is None:
                errors.append(f"{path}:1: stands in no declared floor")
                continue
            for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
                match = INCLUDE.match(line)
                if match:
                    count += 1
                    error = include_error(floors, path, match.group(1))
                    if error:
                        errors.append(f"{path}:{number}: {error}")
    return count, errors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    count, errors = check(parser.parse_args().root)
    for error in errors:
        print(error)
    print(f"{count} includes, {len(errors)} against the floors")
    return 1 if errors or not count else 0


if __name__ == "__main__":
    sys.exit(main())
