// The data set of a coerced copy in the making. Part of attribute_coercion.hpp, which says what it does.
#pragma once

#include "core/dicom/attribute_coercion.hpp"
#include "core/dicom/coerced_character_set.hpp"
#include "core/dicom/dataset_bytes.hpp"
#include "core/dicom/element_encoder.hpp"
#include "core/dicom/file_pieces.hpp"
#include "core/dicom/sequence_items.hpp"
#include "core/dicom/text_reencoder.hpp"
#include "core/dicom/top_level_elements.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace recog::dicom {

/// What a value says: a NUL ends it (as Orthanc and the index read it), spaces round it are nothing.
std::string value_read(std::string_view raw, std::string_view vr, CharacterSetDecoder& decoder);

/// Whole elements as they stood, in the order of an item.
using Originals = std::map<Tag, std::string>;

class CoercedDataset {
public:
    CoercedDataset(const DatasetBytes& dataset, const CoercedPatient& patient, const CoercionRecord& record,
                   const Part10Limits& limits)
        : dataset_(dataset), encoding_(dataset.meta.encoding), limits_(limits), patient_(patient),
          record_(record), writer_(encoding_), top_(dataset.bytes, encoding_) {}

    /// False: the data set speaks so already.
    Result<bool> prepare();
    Status add_to(FilePieces& pieces);

private:
    void read_current();
    Status choose_set();
    bool is_replaced(Tag tag) const;
    TextReencoder reencoder_to(const std::string& target) const;
    Result<bool> keeps_its_bytes(const std::string& target);
    Status convert_text();
    Status write_patient();
    Status write_qualifiers();
    Result<std::string> other_id_elements(Encoding encoding) const;
    bool lists_original(const StoredItems& ids) const;
    Status write_other_ids();
    Status write_originals();
    Result<std::string> original_elements(Encoding encoding) const;
    Result<StoredItems> items_now(Tag tag) const;
    Status append(Tag tag, const std::function<Result<std::string>(Encoding)>& elements);
    Status add_original(Originals& originals, Tag tag, Encoding encoding) const;
    Status write(Tag tag, std::string_view vr, std::string_view value);
    std::string encoded(std::string_view value) const;

    const DatasetBytes& dataset_;
    const Encoding encoding_;
    const Part10Limits& limits_;
    const CoercedPatient& patient_;
    const CoercionRecord& record_;
    const ElementEncoder writer_;
    TopLevelElements top_;

    std::string terms_; ///< raw value of (0008,0005)
    std::string id_;    ///< as it is now, as are the next
    std::string issuer_;
    std::string name_;
    bool identity_changes_ = false;
    bool name_changes_ = false;
    CoercedCharacterSet set_;
    std::map<std::size_t, std::string> converted_; ///< whole elements, by their place in top_
    std::vector<Tag> damaged_;                     ///< of these, those that could not keep all they said
    std::map<Tag, std::string> written_;           ///< whole elements; empty: the element goes
};

} // namespace recog::dicom
