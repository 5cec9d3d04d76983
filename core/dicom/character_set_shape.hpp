// What undeclared or misdeclared bytes look like: GB18030 text, Latin text or UTF-8. Pure functions of bytes.
#pragma once

#include <cstddef>
#include <string_view>

namespace recog::dicom {

/// A value read as GB18030, and its runs of bytes from 0x80 upward.
struct HanziShape {
    bool valid = true; ///< nothing but characters of GB18030 that Chinese text has; a cut end is allowed
    bool cut = false;  ///< ends inside a character
    std::size_t ideographs = 0;
    std::size_t extended = 0; ///< of these, hanzi that are not in GB 2312
    std::size_t longest_run = 0;
    bool lone_pairs = true;      ///< each run is one GB 2312 hanzi that touches no ASCII letter
    bool touches_letter = false; ///< some run stands beside an ASCII letter
    bool all_single = true;      ///< each run is a single byte
    bool inside_word = false;    ///< some run of one byte follows an ASCII letter
};
HanziShape hanzi_shape(std::string_view bytes);

/// How a value reads as UTF-8.
struct Utf8Shape {
    bool valid = true; ///< a character cut off at the end is allowed, if a whole one came before
    bool cut = false;
    std::size_t two_byte = 0;
    std::size_t longer = 0;  ///< characters of three and four bytes
    bool one_script = false; ///< at least three characters, all Greek, all Cyrillic, all Hebrew or all Arabic
};
Utf8Shape utf8_shape(std::string_view bytes);

/// Bytes at the end that begin a UTF-8 character and do not complete it.
std::size_t cut_utf8_tail(std::string_view bytes);

/// Bytes declared as a Latin set that cannot sensibly be one, but are hanzi. In Latin text accented letters
/// stand alone between ASCII letters; "张伟" is four high bytes in a row, "李^强" two lone pairs. `strict`
/// asks for longer runs: Latin-2 to Latin-5 have words with three accented letters in a row.
bool is_hanzi_rather_than_latin(const HanziShape& shape, bool strict);

/// Bytes declared as nothing that are Latin-1 words: single high bytes, some behind an ASCII letter.
bool is_latin_rather_than_hanzi(const HanziShape& shape);

/// Valid UTF-8 that is more likely GBK: pairs such as D6 D0 are Latin or Cyrillic letters in UTF-8, but
/// common hanzi in GBK; in a Chinese hospital they are hanzi unless they stand inside a Latin word or form a
/// script.
bool is_hanzi_rather_than_utf8(const HanziShape& hanzi, const Utf8Shape& utf8);

} // namespace recog::dicom
