// An InstanceSource whose files speak of their patient as the receiver's institution does.
#pragma once

#include "core/base/date.hpp"
#include "core/base/logger.hpp"
#include "core/recognition/institutions.hpp"
#include "core/service/retrieve_service.hpp"
#include "plugin/dimse/stored_instance.hpp"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace recog {

/// What to say in the copy of one instance.
struct Localisation {
    std::shared_ptr<const service::LocalPatient> patient;
    std::string source;         ///< code of the institution that made the object
    std::string undeclared_set; ///< how its text is read when it declares no character set
};

/// By Orthanc id; instances that are not listed are sent as they are stored.
using Localisations = std::unordered_map<std::string, Localisation>;

/// From what RetrieveService::select() found with RetrieveQuery::localise_for.
Localisations localisations_of(const std::vector<service::RetrievedInstance>& instances,
                               const recognition::Institutions& institutions,
                               const std::string& default_character_set);

/// Decorates `source`. An instance that is listed and whose copy cannot be made is an error of open() and
/// transcode(), so its sub-operation fails: it never goes out under its stored number. Any thread.
class LocalisedSource final : public dimse::InstanceSource {
public:
    /// `local_aet`: for Modifying System (0400,0563). The references outlive this.
    LocalisedSource(dimse::InstanceSource& source, Localisations localisations, std::string local_aet,
                    const Clock& clock);

    Result<std::unique_ptr<dimse::InstanceBytes>> open(const dimse::StoredInstance& instance) override;
    Result<std::unique_ptr<dimse::InstanceBytes>> transcode(const dimse::StoredInstance& instance,
                                                            const std::string& transfer_syntax_uid) override;

private:
    Result<std::unique_ptr<dimse::InstanceBytes>> localise(const dimse::StoredInstance& instance,
                                                           std::unique_ptr<dimse::InstanceBytes> original);

    dimse::InstanceSource& source_;
    const Localisations localisations_;
    const std::string local_aet_;
    const Clock& clock_;
};

} // namespace recog
