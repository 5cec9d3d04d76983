#include "core/service/store_transaction.hpp"

#include "core/dicom/xml_model_reader.hpp"
#include "core/dicomweb/field_syntax.hpp"
#include "core/service/instance_check.hpp"
#include "core/service/instance_keeping.hpp"
#include "core/service/metadata_instance.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

namespace recog::service {

namespace {

using dicomweb::MediaType;
using dicomweb::Response;
using dicomweb::StoreOutcome;
namespace reason = dicomweb::store_reason;

std::uint16_t reason_of_target(const Error& failure) {
    switch (failure.kind) {
    case ErrorKind::Malformed:
        return reason::CannotUnderstand;
    case ErrorKind::Storage:
    case ErrorKind::Unavailable:
        return reason::OutOfResources;
    default:
        return reason::ProcessingFailure;
    }
}

std::uint16_t reason_of_model(const Error& failure) {
    return failure.kind == ErrorKind::TooLarge ? reason::TooDeep : reason::CannotUnderstand;
}

std::string_view text_of(dicom::Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// RFC 2045 6: HTTP needs no encoding of parts (RFC 9110 8.3.3), and none but the identity is read.
bool is_binary(const dicomweb::PartHeaders& headers) {
    const std::string encoding = dicomweb::lower_case(headers.find("Content-Transfer-Encoding"));
    return encoding.empty() || encoding == "binary" || encoding == "8bit" || encoding == "7bit";
}

// RFC 2557 4: a URI, or "cid:" and the Content-ID without its brackets.
std::string location_of(const dicomweb::PartHeaders& headers) {
    const std::string_view location = headers.find("Content-Location");
    std::string_view id = headers.find("Content-ID");
    if (!location.empty() || id.empty()) {
        return std::string(location);
    }
    if (id.front() == '<' && id.back() == '>') {
        id = id.substr(1, id.size() - 2);
    }
    return "cid:" + std::string(id);
}

} // namespace

PartKind kind_of(const MediaType& part, const MediaType& whole) {
    const std::string inner = dicomweb::lower_case(whole.parameter("type"));
    const bool plain = part.type.empty() || (part.type == "application/octet-stream" &&
                                             (inner.empty() || inner == "application/dicom"));
    const std::string type = plain ? (inner.empty() ? "application/dicom" : inner) : part.type;
    if (type == "application/dicom") {
        return PartKind::Instance;
    }
    if (type == "application/dicom+json" || type == "application/json") {
        return PartKind::Json;
    }
    if (type == "application/dicom+xml") {
        return PartKind::Xml;
    }
    const bool of_metadata = inner == "application/dicom+json" || inner == "application/dicom+xml";
    return of_metadata ? PartKind::BulkData : PartKind::Unknown;
}

void StoreOutcomes::add_failure(std::uint16_t failure, bool bad_syntax) {
    StoreOutcome outcome;
    outcome.failure = failure;
    outcome.bad_syntax = bad_syntax;
    add(std::move(outcome));
}

void StoreOutcomes::submit(SpooledBytes file) {
    outcomes_.emplace_back();
    StoreOutcome& outcome = outcomes_.back();
    outcome.failure = reason::ProcessingFailure; // what stays if the task ends early
    batch_.run([this, &outcome, file = std::move(file)]() mutable {
        try {
            store(file, outcome);
        } catch (const std::exception&) {
            outcome.failure = reason::ProcessingFailure;
        }
        file = {}; // before the place is free again
    });
}

void StoreOutcomes::store(const SpooledBytes& file, StoreOutcome& outcome) const {
    outcome = check_instance(file.bytes, study_, settings_.nesting);
    if (outcome.failure != 0) {
        return;
    }
    const auto kept = keep_instance(target_, file.bytes);
    if (!kept || *kept == Keeping::OtherHeld) {
        outcome.failure = kept ? reason::DuplicateInstance : reason_of_target(kept.failure());
        outcome.warning = 0;
    } else if (*kept == Keeping::OtherSyntaxHeld) {
        outcome.warning = reason::ElementsDiscarded;
    }
}

std::vector<StoreOutcome> StoreOutcomes::take() {
    batch_.wait();
    return {std::make_move_iterator(outcomes_.begin()), std::make_move_iterator(outcomes_.end())};
}

StoreTransaction::StoreTransaction(StoreTarget& target, TaskThreads& threads, const StoreSettings& settings,
                                   StoreOrder order, Logger& logger)
    : settings_(settings), order_(std::move(order)), logger_(logger),
      outcomes_(target, threads, settings, order_.study), instance_(settings.directory, settings.part_memory),
      metadata_(settings.directory, settings.part_memory),
      bulk_data_(Spool(settings.directory, settings.part_memory)) {}

Status StoreTransaction::start() {
    if (!order_.type.multipart()) {
        begin(kind_of(order_.type, order_.type), order_.type, {});
        return {};
    }
    auto reader = dicomweb::MultipartReader::make(order_.type.parameter("boundary"), *this);
    if (!reader) {
        return reader.failure();
    }
    reader_ = *std::move(reader);
    return {};
}

Status StoreTransaction::add(dicomweb::Bytes chunk) {
    if (reader_) {
        return reader_->add(chunk);
    }
    if (part_size_ + chunk.size() > most_bytes()) {
        return error(ErrorKind::TooLarge, "the body is larger than an instance may be here");
    }
    return part_data(chunk);
}

Response StoreTransaction::finish() {
    const Status ended = reader_ ? reader_->finish() : end_part(true);
    if (!ended) {
        Response response;
        response.status = 400;
        response.set_header("Content-Type", "text/plain");
        response.body.append(ended.failure().text + "\n");
        return response;
    }
    store_metadata();
    std::vector<StoreOutcome> outcomes = outcomes_.take();
    tell_failures(outcomes);
    Response response = store_response(outcomes, order_.root_url, order_.answer_type);
    if (reader_ && !reader_->closed()) {
        // The sender may have meant to send more.
        response.status = response.status == 200 ? 202 : response.status;
        response.warnings.emplace_back("The body ended without its closing boundary");
    }
    return response;
}

void StoreTransaction::tell_failures(const std::vector<StoreOutcome>& outcomes) const {
    std::set<std::uint16_t> reasons;
    std::size_t failed = 0;
    for (const StoreOutcome& outcome : outcomes) {
        failed += outcome.failure != 0 ? 1 : 0;
        reasons.insert(outcome.failure);
    }
    if (failed == 0) {
        return;
    }
    std::string text = "Of " + std::to_string(outcomes.size()) + " instances sent by STOW-RS " +
                       std::to_string(failed) + " were not stored, for the reasons";
    reasons.erase(0);
    for (const std::uint16_t one : reasons) {
        std::array<char, 8> hexadecimal{};
        std::snprintf(hexadecimal.data(), hexadecimal.size(), " %04X", unsigned{one});
        text += hexadecimal.data();
    }
    logger_.warning(text);
}

Status StoreTransaction::begin_part(dicomweb::PartHeaders headers) {
    if (outcomes_.count() + bulk_data_.count() >= settings_.most_parts) {
        return error(ErrorKind::TooLarge, "the body has too many parts");
    }
    auto type = dicomweb::parse_media_type(headers.find("Content-Type"));
    const bool broken = headers.broken || !type;
    const PartKind kind = broken ? PartKind::Unknown : kind_of(*type, order_.type);
    begin(kind, type ? *std::move(type) : MediaType{}, location_of(headers));
    if (broken) {
        fail_part(reason::CannotUnderstand, true);
    } else if (kind_ == PartKind::Unknown || !is_binary(headers) ||
               (kind_ == PartKind::BulkData && location_.empty())) {
        fail_part(reason::CannotUnderstand, false);
    }
    return {};
}

void StoreTransaction::begin(PartKind kind, MediaType type, std::string location) {
    kind_ = kind;
    type_ = std::move(type);
    location_ = std::move(location);
    part_size_ = 0;
    part_failed_ = false;
}

std::uint64_t StoreTransaction::most_bytes() const {
    return kind_ == PartKind::Json || kind_ == PartKind::Xml ? settings_.metadata_bytes
                                                             : settings_.part_bytes;
}

// What follows of the part is passed over.
void StoreTransaction::fail_part(std::uint16_t failure, bool bad_syntax) {
    outcomes_.add_failure(failure, bad_syntax);
    part_failed_ = true;
    drop_part();
}

void StoreTransaction::drop_part() {
    if (kind_ == PartKind::Instance) {
        instance_.clear();
    } else if (kind_ == PartKind::BulkData) {
        bulk_data_.drop_part();
    }
}

Status StoreTransaction::append(dicomweb::Bytes bytes) {
    switch (kind_) {
    case PartKind::Instance:
        return instance_.append(bytes);
    case PartKind::BulkData:
        return bulk_data_.append(bytes);
    default:
        return metadata_.append(bytes);
    }
}

Status StoreTransaction::part_data(dicomweb::Bytes bytes) {
    if (part_failed_) {
        return {};
    }
    if (part_size_ + bytes.size() > most_bytes()) {
        fail_part(reason::TooLarge, false);
        return {};
    }
    part_size_ += bytes.size();
    if (const Status appended = append(bytes); !appended) {
        fail_part(reason::OutOfResources, false);
    }
    return {};
}

Status StoreTransaction::end_part(bool complete) {
    if (part_failed_) {
        return {};
    }
    if (!complete) {
        fail_part(reason::CannotUnderstand, true);
        return {};
    }
    switch (kind_) {
    case PartKind::Instance:
        end_instance();
        break;
    case PartKind::BulkData:
        bulk_data_.end_part(location_, std::move(type_));
        break;
    default:
        end_metadata();
        break;
    }
    return {};
}

void StoreTransaction::end_instance() {
    auto file = std::exchange(instance_, Spool(settings_.directory, settings_.part_memory));
    auto bytes = std::move(file).take();
    if (bytes) {
        outcomes_.submit(*std::move(bytes));
    } else {
        outcomes_.add_failure(reason::OutOfResources);
    }
}

void StoreTransaction::end_metadata() {
    metadata_parts_.push_back({kind_, metadata_.size() - part_size_, part_size_});
}

void StoreTransaction::store_metadata() {
    for (const Metadata& part : metadata_parts_) {
        const auto view = metadata_.view(part.offset, part.length);
        if (!view) {
            outcomes_.add_failure(reason::OutOfResources);
        } else if (part.kind == PartKind::Json) {
            store_json(text_of(view->bytes));
        } else {
            store_xml(text_of(view->bytes));
        }
    }
}

void StoreTransaction::store_json(std::string_view text) {
    const dicom::ModelLimits limits{settings_.nesting};
    const Status read = dicom::read_json_model(text, limits, [this](Result<dicom::ModelDataset> model) {
        store_model(std::move(model));
        return outcomes_.count() < settings_.most_parts;
    });
    if (!read) {
        outcomes_.add_failure(reason::CannotUnderstand, true);
    }
}

void StoreTransaction::store_xml(std::string_view text) {
    auto model = dicom::read_xml_model(text, dicom::ModelLimits{settings_.nesting});
    if (!model && model.failure().kind == ErrorKind::Malformed) {
        outcomes_.add_failure(reason::CannotUnderstand, true);
    } else {
        store_model(std::move(model));
    }
}

void StoreTransaction::store_model(Result<dicom::ModelDataset> model) {
    if (!model) {
        outcomes_.add_failure(reason_of_model(model.failure()));
        return;
    }
    Spool file(settings_.directory, settings_.part_memory);
    StoreOutcome made = make_instance(*std::move(model), bulk_data_, file);
    if (made.failure != 0) {
        outcomes_.add(std::move(made));
        return;
    }
    auto bytes = std::move(file).take();
    if (bytes) {
        outcomes_.submit(*std::move(bytes));
    } else {
        made.failure = reason::OutOfResources;
        outcomes_.add(std::move(made));
    }
}

Result<std::unique_ptr<dicomweb::RequestBody>> StoreService::begin(StoreOrder order) {
    const std::string inner = dicomweb::lower_case(order.type.parameter("type"));
    const MediaType& type = order.type;
    const bool single = !type.type.empty() && !type.multipart();
    const bool known_inner = inner.empty() || inner == "application/dicom" ||
                             inner == "application/dicom+json" || inner == "application/dicom+xml" ||
                             inner == "application/json";
    const bool taken = single
                           ? kind_of(type, {}) != PartKind::Unknown && type.type != "application/octet-stream"
                           : type.multipart() && known_inner;
    if (!taken) {
        return error(ErrorKind::UnsupportedMediaType,
                     "the body must be application/dicom, application/dicom+json or application/dicom+xml, "
                     "or multipart/related of these");
    }
    auto transaction =
        std::make_unique<StoreTransaction>(target_, threads_, settings_, std::move(order), logger_);
    if (const Status started = transaction->start(); !started) {
        return started.failure();
    }
    return std::unique_ptr<dicomweb::RequestBody>(std::move(transaction));
}

} // namespace recog::service
