// ICU's converters, opened once and used again.
#pragma once

#include "core/dicom/character_set_terms.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct UConverter;

namespace recog::dicom {

/// Keeps no text between calls, but is not safe from two threads at once.
class TextConverter {
public:
    /// nullopt when ICU does not have the converter.
    static std::optional<TextConverter> open(const char* name);

    /// Appends UTF-8. Bytes that are no character become U+FFFD; a cut character at the end is dropped.
    /// Returns false when there were any of these.
    bool append_utf8(std::string_view bytes, std::string& out);
    /// nullopt when a character of `utf8`, which must be UTF-8, is not in the set.
    std::optional<std::string> from_utf8(std::string_view utf8);

private:
    struct Close {
        void operator()(UConverter* converter) const;
    };
    explicit TextConverter(UConverter* converter) : converter_(converter) {}
    std::unique_ptr<UConverter, Close> converter_;
};

/// The converters of one decoder, each opened when first needed. Not safe from two threads at once.
class SetConverters {
public:
    /// As TextConverter::append_utf8. A set without converter (UTF-8, ASCII) is taken as UTF-8.
    bool append_utf8(CodedSet set, std::string_view bytes, std::string& out);

private:
    std::array<std::optional<TextConverter>, static_cast<std::size_t>(CodedSet::Count)> converters_;
};

} // namespace recog::dicom
