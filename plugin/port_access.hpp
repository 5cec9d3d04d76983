// Who may do what on the query/retrieve port: Orthanc's rules for its own port, asked of Orthanc's own
// configuration and table of modalities.
#pragma once

#include "plugin/orthanc/destinations.hpp"
#include "plugin/orthanc/orthanc_configuration.hpp"
#include "plugin/port/access_policy.hpp"

#include <memory>
#include <mutex>
#include <set>

namespace recog {

/// What Orthanc tells over REST; it may change while the node runs.
struct AccessTable {
    std::vector<orthanc::Modality> modalities;
    std::set<std::string> transfer_syntaxes; ///< accepted for storage
    bool unknown_sop_classes = false;
};

/// Before the first table nobody may do anything but what is always allowed.
class PortAccess final : public port::AccessPolicy {
public:
    explicit PortAccess(const orthanc::OrthancConfiguration& configuration) : configuration_(configuration) {}

    void set_table(AccessTable table);

    bool is_called(const std::string& called_aet) const override;
    bool may_associate(const std::string& calling_aet, const std::string& host) const override;
    bool may_ask(port::Service service, const std::string& calling_aet,
                 const std::string& host) const override;
    bool accepts_storage(const std::string& sop_class, const std::string& transfer_syntax) const override;

private:
    bool same_title(const std::string& left, const std::string& right) const;
    std::shared_ptr<const AccessTable> table() const;

    const orthanc::OrthancConfiguration& configuration_;
    mutable std::mutex mutex_;
    std::shared_ptr<const AccessTable> table_ = std::make_shared<AccessTable>();
};

/// Asks Orthanc. Unavailable, also for answers that are not what they should be: half a table would shut out
/// those of the other half.
Result<AccessTable> read_access_table(const orthanc::Sdk& sdk);

} // namespace recog
