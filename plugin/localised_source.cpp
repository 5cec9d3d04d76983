#include "plugin/localised_source.hpp"

#include "core/dicom/attribute_coercion.hpp"

#include <ctime>
#include <mutex>

namespace recog {

namespace {

/// DT in universal time (PS3.5 6.2), to the second.
std::string date_time_of(std::chrono::system_clock::time_point moment) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(moment);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[32];
    const std::size_t length = std::strftime(text, sizeof text, "%Y%m%d%H%M%S+0000", &utc);
    return std::string(text, length);
}

/// A copy whose unchanged parts lie in the original.
class LocalisedBytes final : public dimse::InstanceBytes {
public:
    LocalisedBytes(std::unique_ptr<dimse::InstanceBytes> original, dicom::CoercedFile copy)
        : original_(std::move(original)), copy_(std::move(copy)) {}

    std::vector<std::span<const std::byte>> parts() const override { return copy_.parts; }

    /// Joined when somebody wants it so: the original must not come out here.
    std::span<const std::byte> bytes() const override {
        std::call_once(joining_, [this] {
            joined_.reserve(copy_.size());
            for (const dicom::Bytes part : copy_.parts) {
                joined_.insert(joined_.end(), part.begin(), part.end());
            }
        });
        return joined_;
    }

private:
    std::unique_ptr<dimse::InstanceBytes> original_;
    dicom::CoercedFile copy_;
    mutable std::once_flag joining_;
    mutable std::vector<std::byte> joined_;
};

} // namespace

Localisations localisations_of(const std::vector<service::RetrievedInstance>& instances,
                               const recognition::Institutions& institutions,
                               const std::string& default_character_set) {
    Localisations localisations;
    for (const service::RetrievedInstance& instance : instances) {
        if (!instance.local_patient) {
            continue;
        }
        const auto* const maker = institutions.find(instance.institution);
        const bool own_set = maker != nullptr && !maker->default_character_set.empty();
        localisations.emplace(instance.orthanc_id,
                              Localisation{instance.local_patient, instance.institution,
                                           own_set ? maker->default_character_set : default_character_set});
    }
    return localisations;
}

LocalisedSource::LocalisedSource(dimse::InstanceSource& source, Localisations localisations,
                                 std::string local_aet, const Clock& clock)
    : source_(source), localisations_(std::move(localisations)), local_aet_(std::move(local_aet)),
      clock_(clock) {}

Result<std::unique_ptr<dimse::InstanceBytes>> LocalisedSource::open(const dimse::StoredInstance& instance) {
    auto original = source_.open(instance);
    return original ? localise(instance, *std::move(original)) : std::move(original);
}

Result<std::unique_ptr<dimse::InstanceBytes>>
LocalisedSource::transcode(const dimse::StoredInstance& instance, const std::string& transfer_syntax_uid) {
    auto original = source_.transcode(instance, transfer_syntax_uid);
    return original ? localise(instance, *std::move(original)) : std::move(original);
}

Result<std::unique_ptr<dimse::InstanceBytes>>
LocalisedSource::localise(const dimse::StoredInstance& instance,
                          std::unique_ptr<dimse::InstanceBytes> original) {
    const auto found = localisations_.find(instance.orthanc_id);
    if (found == localisations_.end()) {
        return original;
    }
    const Localisation& localisation = found->second;
    const service::LocalPatient& local = *localisation.patient;
    auto copy = dicom::coerce_patient(
        original->bytes(), {local.patient_id, local.issuer, "", "", local.name},
        {local_aet_, localisation.source, date_time_of(clock_.now()), localisation.undeclared_set});
    if (!copy) {
        return error(copy.failure().kind,
                     "the copy for the receiver's patient number cannot be made: " + copy.failure().text);
    }
    if (!copy->changed) {
        return original;
    }
    return std::unique_ptr<dimse::InstanceBytes>(
        std::make_unique<LocalisedBytes>(std::move(original), *std::move(copy)));
}

} // namespace recog
