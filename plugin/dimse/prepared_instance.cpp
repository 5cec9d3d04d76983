#include "plugin/dimse/prepared_instance.hpp"

#include "plugin/dimse/context_plan.hpp"
#include "plugin/dimse/part10.hpp"

#include <algorithm>

namespace recog::dimse {

namespace {

// PS3.7 annex C: Refused: SOP Class Not Supported, and Processing Failure.
constexpr std::uint16_t NOT_SUPPORTED = 0x0122;
constexpr std::uint16_t PROCESSING_FAILURE = 0x0110;

PreparedInstance refuse(std::uint16_t status, std::string reason) {
    PreparedInstance refused;
    refused.status = status;
    refused.reason = std::move(reason);
    return refused;
}

// What stands behind the file meta information: the rest of the first part, and the other parts whole.
PreparedInstance ready(std::unique_ptr<InstanceBytes> bytes, Bytes head, std::uint8_t context) {
    PreparedInstance prepared;
    prepared.data_set = bytes->parts();
    if (prepared.data_set.empty()) {
        return refuse(PROCESSING_FAILURE, "An instance without bytes cannot be sent");
    }
    prepared.data_set.front() = head;
    prepared.bytes = std::move(bytes);
    prepared.context = context;
    return prepared;
}

Result<Part10View> parse_first_part(const InstanceBytes& bytes) {
    const auto parts = bytes.parts();
    return parse_part10(parts.empty() ? Bytes() : parts.front());
}

PreparedInstance transcode(const StoredInstance& instance, const AcceptedContexts::Choice& target,
                           InstanceSource& source) {
    auto bytes = source.transcode(instance, target.transfer_syntax);
    if (!bytes) {
        return refuse(PROCESSING_FAILURE, bytes.failure().text);
    }
    const auto view = parse_first_part(**bytes);
    if (!view) {
        return refuse(PROCESSING_FAILURE, view.failure().text);
    }
    if (view->transfer_syntax_uid != target.transfer_syntax) {
        return refuse(PROCESSING_FAILURE, "Transcoding gave another transfer syntax than was asked for");
    }
    return ready(std::move(*bytes), view->data_set, target.context);
}

} // namespace

AcceptedContexts::AcceptedContexts(const std::vector<ProposedContext>& proposed,
                                   const std::vector<ContextAnswer>& answers) {
    for (const ProposedContext& context : proposed) {
        const auto answer = std::find_if(answers.begin(), answers.end(), [&context](const ContextAnswer& a) {
            return a.id == context.id && a.result == 0;
        });
        if (answer == answers.end()) {
            continue;
        }
        // Receivers that leave the syntax out, or name one that was not offered, cannot be trusted with it.
        const auto& offered = context.transfer_syntaxes;
        if (std::find(offered.begin(), offered.end(), answer->transfer_syntax) != offered.end()) {
            classes_[context.abstract_syntax].push_back({answer->transfer_syntax, context.id});
        }
    }
}

const AcceptedContexts::Choice* AcceptedContexts::find(const std::string& sop_class,
                                                       std::string_view transfer_syntax) const {
    const auto found = classes_.find(sop_class);
    if (found == classes_.end()) {
        return nullptr;
    }
    for (const Choice& choice : found->second) {
        if (choice.transfer_syntax == transfer_syntax) {
            return &choice;
        }
    }
    return nullptr;
}

const AcceptedContexts::Choice* AcceptedContexts::uncompressed(const std::string& sop_class) const {
    const Choice* choice = find(sop_class, EXPLICIT_LITTLE_ENDIAN);
    return choice != nullptr ? choice : find(sop_class, IMPLICIT_LITTLE_ENDIAN);
}

PreparedInstance prepare_instance(const StoredInstance& instance, const AcceptedContexts& accepted,
                                  bool allow_transcoding, InstanceSource& source) {
    if (!is_uid(instance.sop_class_uid) || !is_uid(instance.sop_instance_uid)) {
        return refuse(NOT_SUPPORTED, "The instance has no valid SOP Class UID or SOP Instance UID");
    }
    if (!accepted.knows(instance.sop_class_uid)) {
        return refuse(NOT_SUPPORTED, "The receiver does not accept this SOP class");
    }
    std::string stored_syntax = instance.transfer_syntax_uid;
    if (stored_syntax.empty() || accepted.find(instance.sop_class_uid, stored_syntax) != nullptr) {
        auto bytes = source.open(instance);
        if (!bytes) {
            return refuse(PROCESSING_FAILURE, bytes.failure().text);
        }
        // A file without meta information is left to the source, which can read more than this.
        if (const auto view = parse_first_part(**bytes)) {
            stored_syntax = view->transfer_syntax_uid.empty() ? stored_syntax : view->transfer_syntax_uid;
            if (const auto* choice = accepted.find(instance.sop_class_uid, stored_syntax)) {
                return ready(std::move(*bytes), view->data_set, choice->context);
            }
        }
    }
    const auto* target = accepted.uncompressed(instance.sop_class_uid);
    if (target == nullptr) {
        return refuse(NOT_SUPPORTED,
                      "The receiver accepts neither the stored transfer syntax nor an uncompressed one");
    }
    if (!allow_transcoding && !is_uncompressed(stored_syntax)) {
        return refuse(
            NOT_SUPPORTED,
            "The receiver does not accept the stored transfer syntax and transcoding is switched off");
    }
    return transcode(instance, *target, source);
}

} // namespace recog::dimse
