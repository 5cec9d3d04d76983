// One Store request. See store_service.hpp.
#pragma once

#include "core/dicom/json_model_reader.hpp"
#include "core/dicomweb/multipart_reader.hpp"
#include "core/dicomweb/store_response.hpp"
#include "core/service/bulk_data_parts.hpp"
#include "core/service/store_service.hpp"

#include <deque>
#include <optional>

namespace recog::service {

/// What a body or a part of it holds.
enum class PartKind { Instance, Json, Xml, BulkData, Unknown };

/// `whole` is the type of the request's body: parts that state none, or octets only, are what it says.
PartKind kind_of(const dicomweb::MediaType& part, const dicomweb::MediaType& whole);

/// Stores on the service's threads and keeps what became of each, in the order of submission.
class StoreOutcomes {
public:
    StoreOutcomes(StoreTarget& target, TaskThreads& threads, const StoreSettings& settings, std::string study)
        : target_(target), settings_(settings), study_(std::move(study)), batch_(threads, settings.at_once) {}

    /// Waits until the request has room. `checked`: what is known of the instance.
    void submit(SpooledBytes file);
    void add(dicomweb::StoreOutcome outcome) { outcomes_.push_back(std::move(outcome)); }
    void add_failure(std::uint16_t reason, bool bad_syntax = false);
    std::size_t count() const { return outcomes_.size(); }
    /// Waits for all.
    std::vector<dicomweb::StoreOutcome> take();

private:
    void store(const SpooledBytes& file, dicomweb::StoreOutcome& outcome) const;

    StoreTarget& target_;
    const StoreSettings& settings_;
    const std::string study_;
    std::deque<dicomweb::StoreOutcome> outcomes_; ///< a deque: its elements stay where they are
    StoreBatch batch_;                            ///< last: waits before the outcomes go
};

class StoreTransaction final : public dicomweb::RequestBody, private dicomweb::PartSink {
public:
    StoreTransaction(StoreTarget& target, TaskThreads& threads, const StoreSettings& settings,
                     StoreOrder order, Logger& logger);

    /// To be called first. Errors: BadRequest.
    Status start();

    Status add(dicomweb::Bytes chunk) override;
    dicomweb::Response finish() override;

private:
    struct Metadata {
        PartKind kind;
        std::uint64_t offset;
        std::uint64_t length;
    };

    Status begin_part(dicomweb::PartHeaders headers) override;
    Status part_data(dicomweb::Bytes bytes) override;
    Status end_part(bool complete) override;

    void begin(PartKind kind, dicomweb::MediaType type, std::string location);
    Status append(dicomweb::Bytes bytes);
    std::uint64_t most_bytes() const;
    void fail_part(std::uint16_t reason, bool bad_syntax);
    void drop_part();
    void end_instance();
    void end_metadata();
    void tell_failures(const std::vector<dicomweb::StoreOutcome>& outcomes) const;
    void store_metadata();
    void store_json(std::string_view text);
    void store_xml(std::string_view text);
    void store_model(Result<dicom::ModelDataset> model);

    const StoreSettings& settings_;
    const StoreOrder order_;
    Logger& logger_;
    StoreOutcomes outcomes_;
    std::optional<dicomweb::MultipartReader> reader_; ///< none: the body is a single part

    // The part that arrives.
    PartKind kind_ = PartKind::Unknown;
    dicomweb::MediaType type_;
    std::string location_;
    std::uint64_t part_size_ = 0;
    bool part_failed_ = false; ///< its outcome is there already
    Spool instance_;

    Spool metadata_;
    std::vector<Metadata> metadata_parts_;
    BulkDataParts bulk_data_;
};

} // namespace recog::service
