// A data set as the DICOM JSON Model (PS3.18 F) and the Native DICOM Model (PS3.19 A.1) tell it: everything
// is text in UTF-8, binary values stand inline or elsewhere. json_model_reader.hpp and xml_model_reader.hpp
// read it, model_encoder.hpp makes bytes of it.
#pragma once

#include "core/base/result.hpp"
#include "core/dicom/tag.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recog::dicom {

struct ModelLimits {
    std::size_t nesting = 24;       ///< sequences within sequences
    std::size_t elements = 500'000; ///< of one data set, over all levels
};

struct ModelDataset;

struct ModelElement {
    Tag tag;
    std::string vr; ///< one of PS3.5 6.2
    /// Values split by '\', those of PN with their groups split by '='. An empty value is no value.
    std::string text;
    std::vector<ModelDataset> items;   ///< of SQ
    std::optional<std::string> binary; ///< bytes of InlineBinary, little endian
    std::optional<std::string> bulk_data_uri;
};

/// Elements are sorted by tag; each tag stands once.
struct ModelDataset {
    std::vector<ModelElement> elements;

    const ModelElement* find(Tag tag) const;
    /// Without padding; empty when absent.
    std::string_view text(Tag tag) const;
    /// Adds or replaces.
    void set(Tag tag, std::string_view vr, std::string text);
};

/// The tags of the model are these: errors (Malformed) for a tag that stands twice.
Status sort_elements(ModelDataset& dataset);

/// An element as a reader has gathered it, given its VR (from the dictionary when none was stated) and
/// checked for what cannot stand together. `scalars` is the number of values that were no items. Errors:
/// Malformed.
Status complete_element(ModelElement& element, std::size_t scalars);

} // namespace recog::dicom
