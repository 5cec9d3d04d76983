#include "plugin/port/find_handler.hpp"

#include "core/service/find_answer.hpp"
#include "core/service/time_zone.hpp"

#include <exception>

namespace recog::port {

namespace {

constexpr std::uint16_t kSuccess = 0x0000;
constexpr std::uint16_t kSopClassNotSupported = 0x0122; // PS3.7 C.5.6
constexpr std::uint16_t kPending = 0xFF00;
constexpr std::uint16_t kPendingUnsupported = 0xFF01;
constexpr std::uint16_t kCancelled = 0xFE00;
constexpr std::uint16_t kOutOfResources = 0xA700;
constexpr std::uint16_t kDoesNotMatchSopClass = 0xA900;
constexpr std::uint16_t kMalformed = 0xC000;
constexpr std::uint16_t kTooLarge = 0xC001;
constexpr std::uint16_t kBadKey = 0xC002;
constexpr std::uint16_t kFault = 0xC003;

/// PS3.4 table C.4-1. A request that is refused for its words has an element to blame when it is its level or
/// its model that is wrong: then it does not match its SOP class.
std::uint16_t status_of(ErrorKind kind, bool in_model) {
    switch (kind) {
    case ErrorKind::BadRequest:
    case ErrorKind::Ambiguous:
        return in_model ? kBadKey : kDoesNotMatchSopClass;
    case ErrorKind::Malformed:
        return kMalformed;
    case ErrorKind::TooLarge:
        return kTooLarge;
    case ErrorKind::Unavailable:
    case ErrorKind::Storage:
        return kOutOfResources;
    default:
        return kFault;
    }
}

dimse::CommandSet response(const Request& request, std::uint16_t status) {
    dimse::CommandSet command;
    command.command = dimse::Command::FindResponse;
    command.message_id_responded_to = request.command.message_id;
    command.sop_class_uid = request.context.abstract_syntax;
    command.status = status;
    return command;
}

/// PS3.4 C.5.1.1, timezone query adjustment. False when the request's offset is none.
bool take_time_zone(const Request& request, service::PriorQuery& query) {
    const std::string_view offset = query.keys.get(dicom::tags::TimezoneOffsetFromUTC);
    if (request.context.extended.timezone && !offset.empty()) {
        query.utc_offset = service::parse_utc_offset(offset);
        return query.utc_offset.has_value();
    }
    return true;
}

/// No answer can be sent any more when this fails, so there is nobody to tell.
void finish(Exchange& exchange, const dimse::CommandSet& command) {
    static_cast<void>(exchange.respond(command));
}

} // namespace

void FindHandler::handle(const Request& request, Exchange& exchange) {
    try {
        answer(request, exchange);
    } catch (const std::exception& fault) {
        parts_.logger.error(std::string("C-FIND failed: ") + fault.what());
        if (!exchange.gone()) {
            auto command = response(request, kFault);
            command.error_comment = "A fault in the node";
            finish(exchange, command);
        }
    }
}

void FindHandler::refuse(const Request& request, Exchange& exchange, const Refusal& refusal) const {
    parts_.logger.warning("C-FIND refused: " + refusal.failure.text);
    auto command = response(request, status_of(refusal.failure.kind, refusal.in_model));
    command.error_comment = refusal.failure.text;
    if (refusal.offending) {
        command.offending_elements.push_back(refusal.offending->number());
    }
    finish(exchange, command);
}

std::string FindHandler::character_set_of(const service::Asker& asker) const {
    const service::ServiceContext& context = parts_.priors.context();
    const auto* institution = context.rules.institutions().find(asker.institution);
    return institution != nullptr && !institution->default_character_set.empty()
               ? institution->default_character_set
               : context.settings.default_character_set;
}

void FindHandler::answer(const Request& request, Exchange& exchange) const {
    const auto sop_class = service::query_sop_class(request.context.abstract_syntax);
    const Error no_identifier = error(ErrorKind::BadRequest, "The request has no Identifier");
    if (!sop_class || sop_class->service != service::QueryService::Find) {
        auto command = response(request, kSopClassNotSupported);
        command.error_comment = "The SOP class is none of C-FIND";
        finish(exchange, command);
        return;
    }
    if (request.data_set.empty()) {
        refuse(request, exchange, {no_identifier, {}, false});
        return;
    }
    const service::Asker asker = parts_.asker_of(exchange.caller().calling_aet);
    auto read = service::read_find_request(request.data_set, request.context.transfer_syntax,
                                           sop_class->model, asker, character_set_of(asker));
    if (!read.result) {
        refuse(request, exchange, {read.result.failure(), read.offending, false});
        return;
    }
    service::FindRequest& asked = *read.result;
    asked.query.fuzzy_names = request.context.extended.fuzzy_names;
    asked.query.combined_datetime = request.context.extended.combined_datetime;
    asked.query.stop = exchange.stop();
    if (!take_time_zone(request, asked.query)) {
        refuse(request, exchange,
               {error(ErrorKind::BadRequest, "Timezone Offset From UTC (0008,0201) is none"),
                dicom::tags::TimezoneOffsetFromUTC, true});
        return;
    }
    const auto summary = find(asked, request, exchange);
    if (exchange.gone()) {
        return;
    }
    if (exchange.stop().stop_requested()) {
        finish(exchange, response(request, kCancelled));
    } else if (!summary) {
        refuse(request, exchange, {summary.failure(), {}, true});
    } else {
        conclude(request, exchange, *summary);
    }
}

/// Gives each match as it is found.
Result<service::PriorSummary> FindHandler::find(const service::FindRequest& asked, const Request& request,
                                                Exchange& exchange) const {
    service::FindAnswerWriter writer(asked.query, parts_.retrieve_aet,
                                     {.transfer_syntax = request.context.transfer_syntax,
                                      .request_character_set = asked.character_set,
                                      .fixed_character_set = asked.query.asker.policy.character_set});
    auto command = response(request, asked.unsupported.empty() ? kPending : kPendingUnsupported);
    command.has_data_set = true;
    const std::stop_token stop = exchange.stop();
    auto summary = parts_.priors.find(asked.query, [&](service::PriorAnswer& found) {
        if (stop.stop_requested()) {
            return false;
        }
        return exchange.respond(command, std::as_bytes(std::span(writer.write(found)))).ok();
    });
    if (writer.answers_with_replacements() > 0) {
        parts_.logger.warning("The character set configured for an AE does not hold all characters of its"
                              " answers: they were replaced");
    }
    if (summary && parts_.answered) {
        parts_.answered(asked.query, *summary);
    }
    return summary;
}

void FindHandler::conclude(const Request& request, Exchange& exchange,
                           const service::PriorSummary& summary) const {
    auto command = response(request, summary.more ? kOutOfResources : kSuccess);
    if (summary.more) {
        command.error_comment =
            "Too many matches: only the first " + std::to_string(summary.answers) + " were given";
        parts_.logger.info("A C-FIND had more matches than its limit on answers");
    }
    if (summary.ambiguous_patient) {
        parts_.logger.info("A C-FIND named a patient number of several persons, so nobody was given");
    }
    finish(exchange, command);
}

} // namespace recog::port
