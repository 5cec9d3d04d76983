// QIDO-RS and WADO-RS: from a request to the services and back.
#pragma once

#include "core/dicomweb/request.hpp"
#include "core/service/archive.hpp"
#include "core/service/file_naming.hpp"
#include "core/service/prior_service.hpp"
#include "core/service/retrieve_service.hpp"
#include "plugin/rest/instance_answers.hpp"
#include "plugin/rest/metadata_memory.hpp"
#include "plugin/rest/qido_search.hpp"

namespace recog::rest {

/// Any thread may call any function.
class DicomWebRoutes {
public:
    /// `answered` is told of each search that was answered; may be empty. Must not wait.
    using Answered = QidoSearch::Answered;

    /// `transcoder` may be null: then all is given as it is stored.
    DicomWebRoutes(const service::PriorService& priors, service::Archive& archive,
                   const dicomweb::Transcoder* transcoder = nullptr, Answered answered = {})
        : priors_(priors), retrieve_(priors), archive_(archive), answers_(retrieve_, archive, transcoder),
          search_(priors, archive, std::move(answered)) {}

    /// `request.segments` begin below the root; `root_url` is the absolute URL of the root without a slash at
    /// its end.
    dicomweb::Response handle(const dicomweb::Request& request, const std::string& root_url,
                              const service::Asker& asker) const;

    /// Writes the metadata of an instance that has just been stored: it will be asked for soon.
    void foresee(const service::NamedFile& instance) const;

private:
    const service::PriorService& priors_;
    service::RetrieveService retrieve_;
    service::Archive& archive_;
    InstanceAnswers answers_;
    mutable MetadataMemory memory_;
    QidoSearch search_;
};

} // namespace recog::rest
