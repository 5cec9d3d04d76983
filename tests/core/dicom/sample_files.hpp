// Part 10 files in explicit little endian, made byte by byte.
#pragma once

#include "tests/core/dicom/dicom_samples.hpp"

#include <map>
#include <string>

namespace recog::test {

/// Keyed by group and element; padded and written in order.
class SampleFile {
public:
    SampleFile(const std::string& study, const std::string& series, const std::string& sop) {
        set(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.2");
        set(0x0008, 0x0018, "UI", sop);
        set(0x0008, 0x0060, "CS", "CT");
        set(0x0020, 0x000D, "UI", study);
        set(0x0020, 0x000E, "UI", series);
        set(0x0028, 0x0010, "US", little(2, 2));
        set(0x0028, 0x0011, "US", little(2, 2));
    }
    SampleFile& set(std::uint16_t group, std::uint16_t number, const std::string& vr, std::string value) {
        if (value.size() % 2 != 0) {
            value += vr == "UI" || vr == "OB" ? '\0' : ' ';
        }
        elements_[{group, number}] = element(group, number, vr, value);
        return *this;
    }
    /// An element as it lies in the file.
    SampleFile& whole(std::uint16_t group, std::uint16_t number, std::string bytes) {
        elements_[{group, number}] = std::move(bytes);
        return *this;
    }
    SampleFile& erase(std::uint16_t group, std::uint16_t number) {
        elements_.erase({group, number});
        return *this;
    }
    SampleFile& patient(const std::string& id, const std::string& name) {
        set(0x0010, 0x0010, "PN", name);
        return set(0x0010, 0x0020, "LO", id);
    }
    std::string body() const {
        std::string all;
        for (const auto& [tag, bytes] : elements_) {
            all += bytes;
        }
        return all;
    }
    std::string file() const { return part10("1.2.840.10008.1.2.1", body()); }

private:
    std::map<std::pair<std::uint16_t, std::uint16_t>, std::string> elements_;
};

/// An item of Other Patient IDs Sequence.
inline std::string other_id(const std::string& value, const std::string& issuer = "") {
    const auto even = [](std::string text) { return text.size() % 2 == 0 ? text : text + ' '; };
    return item(element(0x0010, 0x0020, "LO", even(value)) +
                (issuer.empty() ? std::string() : element(0x0010, 0x0021, "LO", even(issuer))));
}

} // namespace recog::test
