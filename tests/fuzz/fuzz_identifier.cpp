// Input: one byte that chooses the transfer syntax (low two bits), the model (next two) and the default
// character set (next bit), then an Identifier. Whatever it is, C-FIND and C-MOVE get a request or an error
// of a kind that has a status; keys are UTF-8 and in order; and an answer to what was asked is read back by
// our own reader.
#include "core/base/utf8.hpp"
#include "core/dicom/part10.hpp"
#include "core/matching/matcher.hpp"
#include "core/service/find_answer.hpp"
#include "core/service/find_identifier.hpp"
#include "core/service/retrieve_identifier.hpp"
#include "tests/fuzz/expect.hpp"

#include <array>
#include <cstdint>

namespace {

using namespace recog;
using service::InformationModel;

constexpr std::array kSyntaxes{
    dicom::transfer_syntax::ImplicitVRLittleEndian, dicom::transfer_syntax::ExplicitVRLittleEndian,
    dicom::transfer_syntax::ExplicitVRBigEndian, dicom::transfer_syntax::DeflatedExplicitVRLittleEndian};
constexpr std::array kModels{InformationModel::PatientRoot, InformationModel::StudyRoot,
                             InformationModel::PatientStudyOnly, InformationModel::StudyRoot};

void expect_kind(ErrorKind kind) {
    fuzz::expect(kind == ErrorKind::Malformed || kind == ErrorKind::TooLarge || kind == ErrorKind::BadRequest,
                 "an identifier is refused for what it is");
}

/// The values that were asked for are those of the answer: names with wild cards and lists, too.
void answer(const service::FindRequest& request, std::string_view syntax) {
    service::PriorAnswer found;
    found.attributes = request.query.keys;
    found.other_patient_ids = {{"1", "王"}};
    service::FindAnswerWriter writer(
        request.query, "NODE", {.transfer_syntax = syntax, .request_character_set = request.character_set});
    const std::string_view bytes = writer.write(found);
    fuzz::expect(bytes.size() % 2 == 0, "a data set is even");
    const auto read = service::read_identifier(std::as_bytes(std::span(bytes)), syntax, {},
                                               {.bytes = std::size_t{1} << 26U, .elements = 1U << 20U});
    fuzz::expect(read.result.ok(), "an answer can be read");
    fuzz::expect(read.result->keys.contains(dicom::tags::QueryRetrieveLevel), "an answer has its level");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view syntax = kSyntaxes[data[0] & 3U];
    const InformationModel model = kModels[(data[0] >> 2U) & 3U];
    const std::string_view institution = (data[0] & 16U) != 0 ? "ISO_IR 100" : "";
    const auto bytes = std::as_bytes(std::span(data + 1, size - 1));
    const auto find = service::read_find_request(bytes, syntax, model, {}, institution);
    if (!find.result) {
        expect_kind(find.result.failure().kind);
    } else {
        for (const auto& key : find.result->query.keys.entries()) {
            fuzz::expect(!key.tag.is_private(), "private keys are taken out");
            const auto items = dicom::decode_items(key.value);
            fuzz::expect(is_utf8(key.value) || items.ok(), "keys are UTF-8");
        }
        const auto matcher = matching::Matcher::compile(find.result->query.keys);
        fuzz::expect(matcher.ok() || matcher.failure().kind == ErrorKind::BadRequest,
                     "a key is matched by or refused");
        answer(*find.result, syntax);
    }
    const auto retrieve = service::read_retrieve_identifier(bytes, syntax, model, {}, institution);
    if (!retrieve.result) {
        expect_kind(retrieve.result.failure().kind);
    }
    return 0;
}
