// WADO-RS answers made of stored files: whole instances and frames.
#pragma once

#include "core/dicomweb/frame_locators.hpp"
#include "core/dicomweb/retrieve.hpp"
#include "core/dicomweb/routes.hpp"
#include "core/service/archive.hpp"
#include "core/service/retrieve_service.hpp"

namespace recog::rest {

/// What a route below /studies/{study} means.
service::RetrieveQuery retrieve_query(const dicomweb::Route& route, const service::Asker& asker);
/// Absolute URI of an instance.
std::string location_of(const service::RetrievedInstance& instance, const std::string& root_url);

/// Any thread may call any function. Outlives the bodies of its answers, as do the references.
class InstanceAnswers {
public:
    /// `transcoder` may be null.
    InstanceAnswers(const service::RetrieveService& retrieve, service::Archive& archive,
                    const dicomweb::Transcoder* transcoder)
        : retrieve_(retrieve), archive_(archive), transcoder_(transcoder) {}

    /// What a route names; never empty. Errors: NotFound (never heard of, or another parent), Gone (removed),
    /// Ambiguous (a UID that two persons hold), and those of RetrieveService::select().
    Result<std::vector<service::RetrievedInstance>> select(const dicomweb::Route& route,
                                                           const service::Asker& asker) const;

    /// Whole objects; their files are opened one by one while the answer is being sent. Objects that went
    /// since they were selected are left out, Gone when all did; those whose files cannot be read are left
    /// out with status 206 and a warning.
    Result<dicomweb::Response> instances(const std::vector<service::RetrievedInstance>& instances,
                                         const std::vector<dicomweb::MediaRange>& accepted,
                                         const std::string& root_url) const;

    Result<dicomweb::Response> frames(const service::RetrievedInstance& instance,
                                      std::span<const std::uint32_t> numbers,
                                      const std::vector<dicomweb::MediaRange>& accepted,
                                      const std::string& root_url) const;

private:
    using SharedFile = std::shared_ptr<const service::InstanceFile>;

    Result<SharedFile> open(const service::RetrievedInstance& instance, service::Reading reading) const;

    const service::RetrieveService& retrieve_;
    service::Archive& archive_;
    const dicomweb::Transcoder* transcoder_;
    mutable dicomweb::FrameLocators locators_;
};

} // namespace recog::rest
