#include "plugin/port/store_handler.hpp"

#include "core/dicom/dataset_bytes.hpp"
#include "core/dicom/element_scanner.hpp"
#include "core/service/instance_keeping.hpp"

#include <algorithm>
#include <optional>

namespace recog::port {

namespace {

constexpr std::uint16_t kSuccess = 0x0000;
constexpr std::uint16_t kDuplicate = 0x0111; // PS3.7 C.5.7
constexpr std::uint16_t kDiscarded = 0xB006; // PS3.4 B.2.3: stored, with a warning
constexpr std::uint16_t kOutOfResources = 0xA700;
constexpr std::uint16_t kMismatch = 0xA900;
constexpr std::uint16_t kCannotUnderstand = 0xC000;

constexpr dicom::Tag kSopClass{0x0008, 0x0016};
constexpr dicom::Tag kSopInstance{0x0008, 0x0018};
constexpr dicom::Tag kStudy{0x0020, 0x000D};
constexpr dicom::Tag kSeries{0x0020, 0x000E};

/// Of the response.
struct Answer {
    std::uint16_t status;
    std::string reason;
};

std::string uid_of(Bytes bytes, const dicom::Element& element) {
    std::string uid(reinterpret_cast<const char*>(bytes.data()) + element.value, element.length);
    while (!uid.empty() && (uid.back() == '\0' || uid.back() == ' ')) {
        uid.pop_back();
    }
    return uid;
}

struct Named {
    std::string sop_class;
    std::string sop_instance;
    bool study = false;
    bool series = false;

    void take(Bytes bytes, const dicom::Element& element) {
        if (element.tag == kSopClass) {
            sop_class = uid_of(bytes, element);
        } else if (element.tag == kSopInstance) {
            sop_instance = uid_of(bytes, element);
        }
        study = study || element.tag == kStudy;
        series = series || element.tag == kSeries;
    }
};

// The UIDs of SOP class and instance stand at the beginning, and what is deflated may be a thousand times as
// long.
constexpr std::size_t kDeflatedBytes = 16'384;

/// What the data set calls itself. Of a deflated one only the beginning is looked at. Malformed.
Result<Named> read_names(Bytes file, bool deflated) {
    const dicom::Part10Limits limits;
    if (deflated) {
        file = file.first(std::min(file.size(), kDeflatedBytes));
    }
    const auto dataset = dicom::open_dataset(file, limits);
    if (!dataset) {
        return dataset.failure();
    }
    dicom::ElementScanner scanner(dataset->bytes, limits);
    const std::size_t end = dataset->bytes.size();
    std::size_t at = dataset->begin;
    const dicom::Tag last = deflated ? kSopInstance : kSeries;
    Named named;
    named.study = named.series = deflated;
    while (at < end) {
        const auto element = scanner.read(at, end, dataset->meta.encoding);
        if (!element) {
            return element.failure();
        }
        if (last < element->tag) {
            break;
        }
        const auto next = scanner.skip(*element, end, dataset->meta.encoding, false);
        if (!next) {
            return next.failure();
        }
        if (!element->undefined()) {
            named.take(dataset->bytes, *element);
        }
        at = *next;
    }
    return named;
}

/// Why it must not be handed on. Orthanc would log the Patient ID of one that names no study or series.
std::optional<Answer> refusal_of(Bytes file, const dimse::CommandSet& command, bool deflated) {
    const auto named = read_names(file, deflated);
    if (!named) {
        return Answer{kCannotUnderstand, named.failure().text};
    }
    if (named->sop_class != command.sop_class_uid || named->sop_instance != command.sop_instance_uid) {
        return Answer{kMismatch, "the data set is another instance than the command says"};
    }
    if (!named->study || !named->series) {
        return Answer{kMismatch, "the data set names no study or no series"};
    }
    return std::nullopt;
}

std::uint16_t status_of(const Error& failure) {
    return failure.kind == ErrorKind::Malformed ? kCannotUnderstand : kOutOfResources;
}

/// What the sender is told of a file that the archive was given.
Answer answer_of(const Result<service::Keeping>& kept) {
    using service::Keeping;
    if (!kept) {
        return {status_of(kept.failure()), kept.failure().text};
    }
    switch (*kept) {
    case Keeping::OtherHeld:
        return {kDuplicate, "this UID is held with other content, which is kept"};
    case Keeping::OtherSyntaxHeld:
        return {kDiscarded, "it is held in another transfer syntax, which is kept"};
    case Keeping::Stored:
    case Keeping::SameHeld:
        break;
    }
    return {kSuccess, {}};
}

} // namespace

void StoreHandler::handle(const Request& request, Exchange& exchange) {
    const auto refusal = refusal_of(request.data_set, request.command,
                                    dicom::encoding_of(request.context.transfer_syntax).deflated);
    Answer answer = refusal ? *refusal : answer_of(service::keep_instance(target_, request.data_set));
    if (answer.status != kSuccess) {
        logger_.warning("An instance of " + exchange.caller().calling_aet +
                        " was not stored: " + answer.reason);
    }
    dimse::CommandSet response;
    response.sop_instance_uid = request.command.sop_instance_uid;
    response.status = answer.status;
    response.error_comment = std::move(answer.reason);
    static_cast<void>(exchange.respond(std::move(response)));
}

} // namespace recog::port
