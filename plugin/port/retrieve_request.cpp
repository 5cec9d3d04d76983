#include "plugin/port/retrieve_request.hpp"

#include "core/dicom/element_writer.hpp"
#include "core/service/retrieve_identifier.hpp"

#include <algorithm>

namespace recog::port {

namespace {

using dimse::CommandSet;

constexpr dicom::Tag kFailedList{0x0008, 0x0058};

// Before the index was asked: what is wrong with the request's words.
std::uint16_t status_of_reading(ErrorKind kind) {
    switch (kind) {
    case ErrorKind::BadRequest:
        return kNotOfThisClass;
    case ErrorKind::Malformed:
        return kMalformedIdentifier;
    case ErrorKind::TooLarge:
        return kIdentifierTooLarge;
    default:
        return kFaultOfOurs;
    }
}

std::uint16_t status_of_selecting(ErrorKind kind) {
    switch (kind) {
    case ErrorKind::BadRequest:
        return kNotOfThisClass;
    case ErrorKind::Ambiguous:
        return kSeveralPersons;
    case ErrorKind::Unavailable:
    case ErrorKind::Storage:
    case ErrorKind::TooLarge:
        return kCannotCount;
    default:
        return kFaultOfOurs;
    }
}

std::uint16_t count(std::size_t number) {
    return static_cast<std::uint16_t>(std::min<std::size_t>(number, 0xFFFF)); // VR US
}

void put_counters(CommandSet& response, const Counters& counters) {
    response.completed = count(counters.completed);
    response.failed = count(counters.failed);
    response.warning = count(counters.warning);
}

std::vector<std::byte> failed_list(const std::vector<std::string>& failed, std::string_view transfer_syntax) {
    std::string list;
    for (const std::string& uid : failed) {
        if (list.size() + 1 + uid.size() > dicom::kMaxShortValueBytes) {
            break;
        }
        list += (list.empty() ? "" : "\\") + uid;
    }
    const dicom::Encoding encoding = dicom::encoding_of(transfer_syntax);
    dicom::ElementWriter writer(encoding);
    writer.text(kFailedList, "UI", list);
    const std::string deflated =
        encoding.deflated ? dicom::deflate_dataset(writer.bytes()) : std::string(writer.bytes());
    const auto bytes = std::as_bytes(std::span(deflated));
    return {bytes.begin(), bytes.end()};
}

} // namespace

void refuse(const RetrieveParts& parts, Exchange& exchange, std::uint16_t status,
            const std::string& comment) {
    parts.logger.warning("A retrieval was refused: " + comment);
    CommandSet response;
    response.status = status;
    response.error_comment = comment;
    static_cast<void>(exchange.respond(response));
}

std::optional<std::vector<service::RetrievedInstance>> select_instances(const RetrieveParts& parts,
                                                                        const Request& request,
                                                                        Exchange& exchange,
                                                                        const std::string& destination_aet) {
    const auto model = service::query_sop_class(request.context.abstract_syntax);
    if (!model || request.data_set.empty()) {
        refuse(parts, exchange, kNotOfThisClass, "the retrieve request has no Identifier");
        return std::nullopt;
    }
    const service::Asker asker = parts.asker_of(exchange.caller().calling_aet);
    const auto read = service::read_retrieve_identifier(request.data_set, request.context.transfer_syntax,
                                                        model->model, asker);
    if (!read.result) {
        refuse(parts, exchange, status_of_reading(read.result.failure().kind), read.result.failure().text);
        return std::nullopt;
    }
    service::RetrieveQuery query = *read.result;
    query.stop = exchange.stop();
    query.localise_for = parts.localise_for(destination_aet);
    auto instances = parts.retrieve.select(query);
    if (query.stop.stop_requested()) {
        respond_final(request, exchange, Counters(), true, {});
        return std::nullopt;
    }
    if (!instances) {
        refuse(parts, exchange, status_of_selecting(instances.failure().kind), instances.failure().text);
        return std::nullopt;
    }
    return *std::move(instances);
}

Status respond_pending(Exchange& exchange, const Counters& counters) {
    CommandSet response;
    response.status = kRetrievePending;
    response.remaining = count(counters.remaining);
    put_counters(response, counters);
    return exchange.respond(response);
}

void respond_final(const Request& request, Exchange& exchange, const Counters& counters, bool cancelled,
                   const std::vector<std::string>& failed, const std::string& comment) {
    CommandSet response;
    const bool none = counters.completed + counters.warning == 0;
    response.status = cancelled                                     ? kRetrieveCancelled
                      : counters.failed > 0 && none                 ? kCannotPerform
                      : counters.failed > 0 || counters.warning > 0 ? kRetrieveWarning
                                                                    : kRetrieveSuccess;
    // PS3.4 C.4.2.1.6: Remaining only while there is something remaining.
    if (cancelled) {
        response.remaining = count(counters.remaining);
    }
    put_counters(response, counters);
    response.error_comment = comment;
    const auto data_set = failed.empty() || response.status == kRetrieveSuccess
                              ? std::vector<std::byte>()
                              : failed_list(failed, request.context.transfer_syntax);
    static_cast<void>(exchange.respond(response, data_set));
}

} // namespace recog::port
