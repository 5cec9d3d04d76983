// The JSON of real files beside the JSON that DCMTK makes of them. What differs by design:
//   text beyond ASCII          DCMTK knows neither undeclared nor misdeclared character sets
//   UN of public elements      text and sequences are told as what they are (PS3.5 6.2.2)
//   values of odd length       DCMTK adds the padding that the file lacks
//   a NUL inside of text       ends the value here
//   names that end in '^'      DCMTK drops empty components
#include "core/dicom/json_model.hpp"
#include "tests/core/dicom/dicom_samples.hpp"

#include <dcmtk/dcmdata/dcjson.h>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <sstream>

using namespace recog;
using namespace recog::dicom;
using namespace recog::test;
using nlohmann::json;

namespace {

bool is_ascii(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x80;
    });
}

std::string trimmed(std::string text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '^')) {
        text.pop_back();
    }
    return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

bool same_value(const json& left, const json& right) {
    if (left.is_number() || right.is_number()) {
        const auto number = [](const json& value) {
            return value.is_number()
                       ? value.get<double>()
                       : std::strtod(value.is_string() ? value.get<std::string>().c_str() : "x", nullptr);
        };
        return std::abs(number(left) - number(right)) <= 1e-6 * std::abs(number(left)) + 1e-30;
    }
    if (left.is_object() && right.is_object()) {
        const std::string one = left.value("Alphabetic", "");
        const std::string other = right.value("Alphabetic", "");
        return !is_ascii(one) || trimmed(one).starts_with(trimmed(other));
    }
    const std::string one = left.is_string() ? left.get<std::string>() : "";
    const std::string other = right.is_string() ? right.get<std::string>() : "";
    return !is_ascii(one) || trimmed(one) == trimmed(other);
}

bool same_model(const json& dcmtk, const json& ours);

bool same_element(const json& dcmtk, const json& ours) {
    const std::string vr = dcmtk.at("vr");
    if (ours.at("vr") != vr) {
        return vr == "UN" && !ours.contains("InlineBinary");
    }
    const json none = json::array();
    const json& left = dcmtk.contains("Value") ? dcmtk.at("Value") : none;
    const json& right = ours.contains("Value") ? ours.at("Value") : none;
    if (left.size() != right.size()) {
        const json& longer = left.size() > right.size() ? left : right;
        return std::all_of(longer.begin(), longer.end(), [](const json& value) {
            if (value.is_object()) {
                const std::string name = value.value("Alphabetic", "");
                return name.empty() || !is_ascii(name);
            }
            return value.is_null() || (value.is_string() && !is_ascii(value.get<std::string>()));
        });
    }
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (vr == "SQ" ? !same_model(left[i], right[i]) : !same_value(left[i], right[i])) {
            return false;
        }
    }
    const std::string one = dcmtk.value("InlineBinary", "");
    const std::string other = ours.value("InlineBinary", "");
    return one == other || one.substr(0, other.find('=')).starts_with(other.substr(0, other.find('=') - 1));
}

bool same_model(const json& dcmtk, const json& ours) {
    for (const auto& [tag, element] : dcmtk.items()) {
        const bool left_out =
            tag == "00080005" || tag.starts_with("0002") || tag.ends_with("0000") || tag == "FFFCFFFC";
        if (!left_out && (!ours.contains(tag) || !same_element(element, ours.at(tag)))) {
            MESSAGE(tag, " differs");
            return false;
        }
    }
    return true;
}

} // namespace

TEST_CASE("the JSON of real files says what DCMTK's says") {
    std::size_t compared = 0;
    for (const std::string folder :
         {"pydicom+pydicom", "derived-cn", "fo-dicom+fo-dicom", "pwnlabmx+dicom-fuzzing-corpus"}) {
        for (const auto& path : shared_files(folder)) {
            const std::string file = read_file(path);
            const auto header = read_header(bytes_of(file));
            std::ostringstream written;
            DcmJsonFormatCompact format(OFFalse);
            if (!header || (*header)->getDataset()->writeJson(written, format).bad()) {
                continue;
            }
            const json theirs =
                json::parse("{" + written.str() + "}", nullptr, false); // DCMTK leaves both to its caller
            std::string text;
            JsonWriter out(text);
            REQUIRE_MESSAGE(write_dataset(out, bytes_of(file)).ok(), path.string());
            if (!theirs.is_discarded()) { // text that is not UTF-8
                CHECK_MESSAGE(same_model(theirs, json::parse(text)), path.string());
                ++compared;
            }
        }
    }
    MESSAGE("files compared: ", compared);
}
