#include "testdata/generator/item_writer.hpp"

#include <dcmtk/dcmdata/dcdeftag.h>

#include <array>
#include <cstdio>
#include <stdexcept>

namespace recog::generator {

void require(const OFCondition& condition, const DcmTagKey& tag) {
    if (condition.bad()) {
        throw std::logic_error(std::string("cannot write element ") + tag.toString().c_str() + ": " +
                               condition.text());
    }
}

std::string decimal_string(double number) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.8g", number);
    return text.data();
}

ItemWriter& ItemWriter::text(const DcmTagKey& tag, std::string_view value) {
    require(item_.putAndInsertString(tag, value.data(), static_cast<Uint32>(value.size())), tag);
    return *this;
}

ItemWriter& ItemWriter::text_if_any(const DcmTagKey& tag, std::string_view value) {
    return value.empty() ? *this : text(tag, value);
}

ItemWriter& ItemWriter::decimals(const DcmTagKey& tag, std::initializer_list<double> numbers) {
    std::string values;
    for (const double number : numbers) {
        values += (values.empty() ? "" : "\\") + decimal_string(number);
    }
    return text(tag, values);
}

ItemWriter& ItemWriter::number(const DcmTagKey& tag, std::uint16_t value) {
    require(item_.putAndInsertUint16(tag, value), tag);
    return *this;
}

ItemWriter& ItemWriter::empty(const DcmTagKey& tag) {
    require(item_.insertEmptyElement(tag), tag);
    return *this;
}

ItemWriter& ItemWriter::code(const DcmTagKey& sequence, const Code& code) {
    item(sequence)
        .text(DCM_CodeValue, code.value)
        .text(DCM_CodingSchemeDesignator, code.scheme)
        .text(DCM_CodeMeaning, code.meaning);
    return *this;
}

ItemWriter ItemWriter::item(const DcmTagKey& sequence) {
    constexpr long append = -2;
    DcmItem* added = nullptr;
    require(item_.findOrCreateSequenceItem(sequence, added, append), sequence);
    return ItemWriter(*added);
}

} // namespace recog::generator
