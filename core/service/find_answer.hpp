// The data set of an answer to C-FIND (PS3.4 C.4.1.1.3.2): which elements, in one place for our own port and
// for Orthanc's callback, and their encoding.
#pragma once

#include "core/dicom/character_set_encoder.hpp"
#include "core/dicom/element_writer.hpp"
#include "core/service/recognition_elements.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace recog::service {

/// How answers are to be encoded. Each answer is in the fixed set where there is one; else in the request's,
/// where that holds every character of this answer; else in ISO_IR 192. Under a fixed set a name loses the
/// component groups that have no place in it, when one remains; any other character without a place becomes
/// 〓 or '?', but in no identifier: an answer whose identifiers do not fit is in ISO_IR 192.
struct AnswerEncoding {
    std::string_view transfer_syntax;
    std::string_view request_character_set = {}; ///< FindRequest::character_set
    std::string_view fixed_character_set = {};   ///< AePolicy::character_set
};

/// Writes the answers of one question, one after the other. `query` outlives it. One thread.
class FindAnswerWriter {
public:
    FindAnswerWriter(const PriorQuery& query, std::string retrieve_aet, const AnswerEncoding& encoding);

    /// Valid until the next call.
    std::string_view write(const PriorAnswer& answer);

    /// How many answers had characters that the fixed set does not have.
    std::size_t answers_with_replacements() const { return replaced_; }

private:
    struct Element {
        dicom::Tag tag;
        std::string_view vr;
        std::string_view value;                 ///< UTF-8; of a sequence: none
        std::vector<dicom::AttributeSet> items; ///< of a sequence
    };
    void collect(const PriorAnswer& answer);
    void collect_key(dicom::Tag tag, const PriorAnswer& answer);
    void collect_recognition(const PriorAnswer& answer);
    bool write_elements(dicom::CharacterSetEncoder& encoder, bool replacing);
    bool write_element(const Element& element, dicom::CharacterSetEncoder& encoder, bool replacing);
    bool write_text(dicom::Tag tag, std::string_view vr, std::string_view value,
                    dicom::CharacterSetEncoder& encoder, bool replacing);

    const PriorQuery& query_;
    std::string retrieve_aet_;
    dicom::Encoding encoding_;
    dicom::ElementWriter writer_;
    std::optional<dicom::CharacterSetEncoder> preferred_;
    dicom::CharacterSetEncoder utf8_ = dicom::CharacterSetEncoder::utf8();
    bool fixed_ = false;
    bool replaced_here_ = false;
    std::size_t replaced_ = 0;
    std::vector<Element> elements_;
    std::vector<RecognitionElement> recognition_; ///< what views of elements_ point into
    std::string value_;
    std::string deflated_;
};

/// The answer as a Part 10 file in Explicit VR Little Endian and ISO_IR 192, which Orthanc's callback takes.
std::string find_answer_part10(const PriorQuery& query, const PriorAnswer& answer,
                               const std::string& retrieve_aet);

} // namespace recog::service
