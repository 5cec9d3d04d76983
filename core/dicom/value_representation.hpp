// The value representations of PS3.5 6.2, as far as a reader of bytes has to know them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace recog::dicom {

enum class ValueShape : std::uint8_t { Text, Unsigned, Signed, Real, Tags, Binary, Sequence };

struct ValueRepresentation {
    std::string_view name;
    ValueShape shape = ValueShape::Binary;
    std::uint8_t unit = 1;    ///< bytes of one number, which other byte orders turn round; 1 for text and OB
    bool long_length = false; ///< four bytes of length in explicit VR (PS3.5 table 7.1-1)
};

inline constexpr std::array kValueRepresentations{
    ValueRepresentation{"AE", ValueShape::Text, 1, false},
    ValueRepresentation{"AS", ValueShape::Text, 1, false},
    ValueRepresentation{"AT", ValueShape::Tags, 2, false},
    ValueRepresentation{"CS", ValueShape::Text, 1, false},
    ValueRepresentation{"DA", ValueShape::Text, 1, false},
    ValueRepresentation{"DS", ValueShape::Text, 1, false},
    ValueRepresentation{"DT", ValueShape::Text, 1, false},
    ValueRepresentation{"FD", ValueShape::Real, 8, false},
    ValueRepresentation{"FL", ValueShape::Real, 4, false},
    ValueRepresentation{"IS", ValueShape::Text, 1, false},
    ValueRepresentation{"LO", ValueShape::Text, 1, false},
    ValueRepresentation{"LT", ValueShape::Text, 1, false},
    ValueRepresentation{"OB", ValueShape::Binary, 1, true},
    ValueRepresentation{"OD", ValueShape::Binary, 8, true},
    ValueRepresentation{"OF", ValueShape::Binary, 4, true},
    ValueRepresentation{"OL", ValueShape::Binary, 4, true},
    ValueRepresentation{"OV", ValueShape::Binary, 8, true},
    ValueRepresentation{"OW", ValueShape::Binary, 2, true},
    ValueRepresentation{"PN", ValueShape::Text, 1, false},
    ValueRepresentation{"SH", ValueShape::Text, 1, false},
    ValueRepresentation{"SL", ValueShape::Signed, 4, false},
    ValueRepresentation{"SQ", ValueShape::Sequence, 1, true},
    ValueRepresentation{"SS", ValueShape::Signed, 2, false},
    ValueRepresentation{"ST", ValueShape::Text, 1, false},
    ValueRepresentation{"SV", ValueShape::Signed, 8, true},
    ValueRepresentation{"TM", ValueShape::Text, 1, false},
    ValueRepresentation{"UC", ValueShape::Text, 1, true},
    ValueRepresentation{"UI", ValueShape::Text, 1, false},
    ValueRepresentation{"UL", ValueShape::Unsigned, 4, false},
    ValueRepresentation{"UN", ValueShape::Binary, 1, true},
    ValueRepresentation{"UR", ValueShape::Text, 1, true},
    ValueRepresentation{"US", ValueShape::Unsigned, 2, false},
    ValueRepresentation{"UT", ValueShape::Text, 1, true},
    ValueRepresentation{"UV", ValueShape::Unsigned, 8, true},
};

namespace detail {

inline constexpr std::size_t kLetters = 26;

// Place in the list plus one, by both letters; 0 for what is no VR.
inline constexpr auto kPlaces = [] {
    std::array<std::uint8_t, kLetters * kLetters> places{};
    for (std::size_t i = 0; i < kValueRepresentations.size(); ++i) {
        const std::string_view name = kValueRepresentations[i].name;
        const auto first = static_cast<std::size_t>(name[0] - 'A');
        places[first * kLetters + static_cast<std::size_t>(name[1] - 'A')] = static_cast<std::uint8_t>(i + 1);
    }
    return places;
}();

} // namespace detail

/// nullptr for what is no VR of PS3.5 6.2.
constexpr const ValueRepresentation* find_vr(char first, char second) {
    if (first < 'A' || first > 'Z' || second < 'A' || second > 'Z') {
        return nullptr;
    }
    const std::size_t place = detail::kPlaces[static_cast<std::size_t>(first - 'A') * detail::kLetters +
                                              static_cast<std::size_t>(second - 'A')];
    return place == 0 ? nullptr : &kValueRepresentations[place - 1];
}

/// UN for what is no VR: PS3.5 6.2.2.
constexpr const ValueRepresentation& vr_named(std::string_view name) {
    const ValueRepresentation* const found = name.size() == 2 ? find_vr(name[0], name[1]) : nullptr;
    return found != nullptr ? *found : *find_vr('U', 'N');
}

} // namespace recog::dicom
