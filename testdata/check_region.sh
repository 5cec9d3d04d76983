#!/bin/bash
# Generates a small region with every kind of object and holds each object against dciodvfy, dcmdump and, where a
# PDF is inside, pdftotext. Usage: check_region.sh PATH_OF_region_generator
set -u
export LC_ALL=C.UTF-8

need() {
    if ! command -v "$1" >/dev/null; then
        echo "$1 is missing: install the package $2." >&2
        exit 1
    fi
}

generator=${1:?path of region_generator}
need dciodvfy dicom3tools
need dcmdump dcmtk
need pdftotext poppler-utils

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
    echo "FAILED: $*" >&2
    failures=$((failures + 1))
}

"$generator" region --output "$work/region" --slices 3 --size 64 --today 20250601 2>/dev/null ||
    { echo "region_generator region fails." >&2; exit 1; }
"$generator" region --output "$work/again" --slices 3 --size 64 --today 20250601 2>/dev/null
"$generator" ct --output "$work/ct" --slices 2 --size 64 --patients 2 --studies 2 --today 20250601 2>/dev/null ||
    { echo "region_generator ct fails." >&2; exit 1; }

"$generator" region --output "$work/gbk" --slices 1 --size 64 --today 20250601 --character-set gbk 2>/dev/null ||
    { echo "region_generator region --character-set gbk fails." >&2; exit 1; }
# dciodvfy does not know the term GBK; GB18030 holds every GBK text in the same bytes, so they are checked as that.
find "$work/gbk" -name '*.dcm' -exec dcmdump +P 0008,0005 {} + | grep -F '(0008,0005)' | grep -qvF '[GBK]' &&
    fail "an object of --character-set gbk declares something else"
find "$work/gbk" -name '*.dcm' -exec dcmodify -q -nb -m '0008,0005=GB18030' {} + || fail "dcmodify fails"

diff -rq "$work/region" "$work/again" >&2 || fail "the same arguments gave other bytes"

objects=0
while IFS= read -r -d '' file; do
    objects=$((objects + 1))
    errors=$(dciodvfy "$file" 2>&1 | grep -a '^Error')
    [ -z "$errors" ] || fail "${file#"$work"/}: $errors"
    complaints=$(dcmdump -q +L "$file" 2>&1 >/dev/null | grep -aE '^[EW]:')
    [ -z "$complaints" ] || fail "${file#"$work"/}: $complaints"
done < <(find "$work/region" "$work/ct" "$work/gbk" -name '*.dcm' -print0 | sort -z)
[ "$objects" -ge 60 ] || fail "only $objects objects were written"

for class in CTImageStorage MRImageStorage DigitalXRayImageStorageForPresentation \
    ComputedRadiographyImageStorage BasicTextSRStorage EncapsulatedPDFStorage; do
    find "$work/region" -name '*.dcm' -exec dcmdump +P 0008,0016 {} + 2>/dev/null | grep -q "=$class" ||
        fail "no object of class $class"
done
for set in 'ISO_IR 192' GB18030 '\\ISO 2022 IR 58'; do
    find "$work/region" -name '*.dcm' -exec dcmdump +P 0008,0005 {} + 2>/dev/null | grep -qF "[${set//\\\\/\\}]" ||
        fail "no object in character set $set"
done

while IFS= read -r file; do
    dcm2pdf "$file" "$work/report.pdf" >&2 || fail "${file#"$work"/}: dcm2pdf fails"
    text=$(pdftotext "$work/report.pdf" - 2>"$work/complaints")
    grep -q '影像诊断' <<<"$text" || fail "${file#"$work"/}: pdftotext finds no 影像诊断; is poppler-data installed?"
    [ ! -s "$work/complaints" ] || fail "${file#"$work"/}: $(cat "$work/complaints")"
    rm -f "$work/report.pdf"
done < <(find "$work/region" -name 'PDF*.dcm' | sort)

echo "$objects objects checked, $failures failures"
[ "$failures" -eq 0 ]
