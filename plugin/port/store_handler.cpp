#include "plugin/port/store_handler.hpp"

#include "core/dicom/dataset_bytes.hpp"
#include "core/dicom/element_scanner.hpp"

#include <algorithm>

namespace recog::port {

namespace {

constexpr std::uint16_t kSuccess = 0x0000;
constexpr std::uint16_t kOutOfResources = 0xA700;
constexpr std::uint16_t kMismatch = 0xA900;
constexpr std::uint16_t kCannotUnderstand = 0xC000;

constexpr dicom::Tag kSopClass{0x0008, 0x0016};
constexpr dicom::Tag kSopInstance{0x0008, 0x0018};

std::string uid_of(Bytes bytes, const dicom::Element& element) {
    std::string uid(reinterpret_cast<const char*>(bytes.data()) + element.value, element.length);
    while (!uid.empty() && (uid.back() == '\0' || uid.back() == ' ')) {
        uid.pop_back();
    }
    return uid;
}

// The two elements stand at the beginning, and what is deflated may be a thousand times as long.
constexpr std::size_t kDeflatedBytes = 16'384;

/// Whether the data set names the SOP class and instance of the command. Malformed.
Result<bool> is_what_it_says(Bytes file, const dimse::CommandSet& command, bool deflated) {
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
    std::string sop_class;
    std::string sop_instance;
    while (at < end) {
        const auto element = scanner.read(at, end, dataset->meta.encoding);
        if (!element) {
            return element.failure();
        }
        if (kSopInstance < element->tag) {
            break;
        }
        const auto next = scanner.skip(*element, end, dataset->meta.encoding, false);
        if (!next) {
            return next.failure();
        }
        if (element->tag == kSopClass && !element->undefined()) {
            sop_class = uid_of(dataset->bytes, *element);
        } else if (element->tag == kSopInstance && !element->undefined()) {
            sop_instance = uid_of(dataset->bytes, *element);
        }
        at = *next;
    }
    return sop_class == command.sop_class_uid && sop_instance == command.sop_instance_uid;
}

std::uint16_t status_of(const Error& failure) {
    return failure.kind == ErrorKind::Malformed ? kCannotUnderstand : kOutOfResources;
}

} // namespace

void StoreHandler::handle(const Request& request, Exchange& exchange) {
    dimse::CommandSet response;
    response.sop_instance_uid = request.command.sop_instance_uid;
    const auto matches = is_what_it_says(request.data_set, request.command,
                                         dicom::encoding_of(request.context.transfer_syntax).deflated);
    if (!matches) {
        response.status = kCannotUnderstand;
        response.error_comment = matches.failure().text;
    } else if (!*matches) {
        response.status = kMismatch;
        response.error_comment = "the data set is another instance than the command says";
    } else if (const Status stored = target_.store(request.data_set); !stored) {
        response.status = status_of(stored.failure());
        response.error_comment = stored.failure().text;
    } else {
        response.status = kSuccess;
    }
    if (response.status != kSuccess) {
        logger_.warning("An instance of " + exchange.caller().calling_aet +
                        " was not stored: " + response.error_comment);
    }
    static_cast<void>(exchange.respond(std::move(response)));
}

} // namespace recog::port
