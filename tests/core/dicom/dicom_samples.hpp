// Small files made in memory with DCMTK or byte by byte, for the tests of the floors above DCMTK.
#pragma once

#include "core/dicom/part10.hpp"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace recog::test {

/// The samples break rules on purpose, and DCMTK would say so on each.
inline const bool kDcmtkIsQuiet = (OFLog::configure(OFLogger::OFF_LOG_LEVEL), true);

inline dicom::Bytes bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

inline std::string text_of(dicom::Bytes bytes) {
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

inline std::string little(std::uint64_t number, unsigned bytes) {
    std::string out;
    for (unsigned i = 0; i < bytes; ++i) {
        out += static_cast<char>((number >> (8U * i)) & 0xFFU);
    }
    return out;
}

/// An element in explicit little endian; `value` must be even.
inline std::string element(std::uint16_t group, std::uint16_t number, const std::string& vr,
                           const std::string& value) {
    const bool wide = vr == "OB" || vr == "OW" || vr == "SQ" || vr == "UN" || vr == "UT" || vr == "OV";
    return little(group, 2) + little(number, 2) + vr +
           (wide ? std::string(2, '\0') + little(value.size(), 4) : little(value.size(), 2)) + value;
}

inline std::string item(const std::string& value) {
    return little(0xE000FFFE, 4) + little(value.size(), 4) + value;
}

inline std::string sequence_end() {
    return little(0xE0DDFFFE, 4) + little(0, 4);
}

inline std::string part10(const std::string& syntax, const std::string& dataset) {
    const auto uid = [](std::string text) { return text.size() % 2 == 0 ? text : text + '\0'; };
    return std::string(128, '\0') + "DICM" + element(2, 2, "UI", uid("1.2.840.10008.5.1.4.1.1.7")) +
           element(2, 3, "UI", uid("1.2.3.4")) + element(2, 16, "UI", uid(syntax)) + dataset;
}

struct Shape {
    std::uint16_t rows = 2;
    std::uint16_t columns = 2;
    std::uint16_t bits = 8;
    std::uint16_t samples = 1;
    std::string frames;
};

inline std::string image_attributes(const Shape& shape) {
    std::string frames = shape.frames;
    frames += frames.size() % 2 == 0 ? "" : " ";
    return element(0x28, 0x02, "US", little(shape.samples, 2)) +
           (frames.empty() ? "" : element(0x28, 0x08, "IS", frames)) +
           element(0x28, 0x10, "US", little(shape.rows, 2)) +
           element(0x28, 0x11, "US", little(shape.columns, 2)) +
           element(0x28, 0x100, "US", little(shape.bits, 2));
}

inline std::string encapsulated(const std::string& offset_table, const std::vector<std::string>& fragments) {
    std::string out =
        little(0x00107FE0, 4) + "OB" + std::string(2, '\0') + little(0xFFFFFFFF, 4) + item(offset_table);
    for (const std::string& fragment : fragments) {
        out += item(fragment);
    }
    return out + sequence_end();
}

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

/// Real files, when they are there; sorted.
inline std::vector<std::filesystem::path> shared_files(const std::string& folder) {
    const char* stated = std::getenv("RECOGNITION_SHARED_TESTDATA");
    const std::filesystem::path root =
        stated != nullptr ? stated : std::filesystem::path(SOURCE_DIR) / "../shared/testdata";
    std::vector<std::filesystem::path> files;
    std::error_code failed;
    for (std::filesystem::recursive_directory_iterator at(root / folder, failed), end; !failed && at != end;
         at.increment(failed)) {
        if (at->is_regular_file() && at->path().extension() != ".tsv" && at->path().extension() != ".md") {
            files.push_back(at->path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

} // namespace recog::test
