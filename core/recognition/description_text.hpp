// One form for descriptions typed by many hands and for the catalogue's keywords, so that bytes can be
// compared. Pure functions; internal to this floor.
#pragma once

#include <string>
#include <string_view>

namespace recog::recognition {

/// Never part of a normal form: keeps terms from matching across two descriptions.
inline constexpr char text_border = '\x1F';

/// Appends `utf8` folded: NFKC and case (full-width ABC is abc), traditional characters of anatomy and
/// technique simplified, punctuation but '+' to blanks, blanks kept only between two words that are not
/// Chinese.
void append_normal_form(std::string& out, std::string_view utf8);

std::string normal_form(std::string_view utf8);

/// Whether a word can go on across this byte: ASCII letters and digits. Chinese has no word borders.
constexpr bool is_word_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

} // namespace recog::recognition
