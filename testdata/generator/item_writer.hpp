// Puts attributes into a DCMTK item. What fails here is a mistake in this program, so it throws.
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcitem.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace recog::generator {

/// Throws std::logic_error that names the tag.
void require(const OFCondition& condition, const DcmTagKey& tag);

/// Eight significant digits: fits the 16 bytes of a DS.
std::string decimal_string(double number);

struct Code {
    std::string value;
    std::string scheme;
    std::string meaning;
};

/// A view: the item must outlive it. Text is UTF-8 until declare_and_encode.
class ItemWriter {
public:
    explicit ItemWriter(DcmItem& item) : item_(item) {}

    ItemWriter& text(const DcmTagKey& tag, std::string_view value);
    /// Leaves the attribute out when there is nothing to say (type 3).
    ItemWriter& text_if_any(const DcmTagKey& tag, std::string_view value);
    ItemWriter& decimals(const DcmTagKey& tag, std::initializer_list<double> numbers);
    ItemWriter& number(const DcmTagKey& tag, std::uint16_t value);
    /// Type 2 without a value; an empty sequence for SQ.
    ItemWriter& empty(const DcmTagKey& tag);
    ItemWriter& code(const DcmTagKey& sequence, const Code& code);
    /// Appends an item to a sequence.
    ItemWriter item(const DcmTagKey& sequence);

    DcmItem& dcmtk() { return item_; }

private:
    DcmItem& item_;
};

} // namespace recog::generator
