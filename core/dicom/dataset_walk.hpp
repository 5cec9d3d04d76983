// The data set of a Part 10 file, told to a ModelSink straight from the file's bytes, without a tree in
// between.
#pragma once

#include "core/dicom/model_sink.hpp"

#include <string>

namespace recog::dicom {

/// What (0008,0005) says in every model: the text is UTF-8 (PS3.18 F.2.1).
inline constexpr std::string_view kModelCharacterSet = "ISO_IR 192";

struct ModelOptions {
    /// For data sets that declare no character set, as in CharacterSetDecoder.
    std::string default_character_set;
    /// Binary values longer than this are bulk data, in bytes; so is pixel data of any length.
    std::size_t inline_bytes = 1024;
    /// Numbers beyond this are bulk data too, in bytes.
    std::size_t inline_number_bytes = 1'048'576;
    /// Whether there is bulk data at all: otherwise all is inline but the pixel data of the data set itself,
    /// which is left out, and what stands in fragments, which has no inline form.
    bool bulk_data = false;
    std::size_t nesting = 256; ///< sequences within sequences
    /// Encapsulated pixel data of more fragments is not walked through for what might stand behind it: every
    /// fragment would cost a page of the file.
    std::size_t fragments = 16;
    /// Of the whole file when the bytes are only its beginning; 0: they are all of it. What a beginning
    /// cannot tell exactly as the whole file would is told as Unavailable.
    std::size_t file_size = 0;
};

/// Tells `sink` one data set: begin_item(0) to end_item(). Left out are group lengths, groups 0000 and 0002
/// and padding; (0008,0005) is given as ISO_IR 192 wherever it stands, and at the top always. Elements out of
/// order are put in order; of several with one tag the first counts. An unknown VR becomes what the
/// dictionary says: in implicit VR (US or SS by Pixel Representation), and for public text and sequences
/// stated as UN (PS3.5 6.2.2). Of native pixel data only the place is read.
/// Errors: Malformed (the data set breaks off before its pixel data, or a sequence cannot be read), TooLarge,
/// Unavailable (ModelOptions::file_size).
/// After an error the sink holds a part of the data set.
Status tell_dataset(ModelSink& sink, Bytes file, const ModelOptions& options = {},
                    const Part10Limits& limits = {});

} // namespace recog::dicom
