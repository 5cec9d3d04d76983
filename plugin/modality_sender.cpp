#include "plugin/modality_sender.hpp"

#include "plugin/orthanc/destinations.hpp"

namespace recog {

namespace {

class ArchiveBytes final : public dimse::InstanceBytes {
public:
    explicit ArchiveBytes(std::unique_ptr<service::InstanceFile> file) : file_(std::move(file)) {}
    std::span<const std::byte> bytes() const override { return file_->bytes(); }

private:
    std::unique_ptr<service::InstanceFile> file_;
};

class TranscodedBytes final : public dimse::InstanceBytes {
public:
    explicit TranscodedBytes(dicomweb::OpenedPiece piece) : piece_(std::move(piece)) {}
    std::span<const std::byte> bytes() const override { return piece_.bytes.front(); }
    std::vector<std::span<const std::byte>> parts() const override { return piece_.bytes; }

private:
    dicomweb::OpenedPiece piece_;
};

dicomweb::OpenedPiece piece_of(std::string bytes) {
    const auto owner = std::make_shared<const std::string>(std::move(bytes));
    return {{std::as_bytes(std::span(*owner))}, owner};
}

class ArchiveSource final : public dimse::InstanceSource {
public:
    ArchiveSource(orthanc::Sdk& sdk, service::Archive& archive, const dicomweb::Transcoder& transcoder)
        : sdk_(sdk), archive_(archive), transcoder_(transcoder) {}

    Result<std::unique_ptr<dimse::InstanceBytes>> open(const dimse::StoredInstance& instance) override {
        auto file = archive_.open(instance.orthanc_id, service::Reading::Whole, instance.file);
        if (!file) {
            return file.failure();
        }
        return std::unique_ptr<dimse::InstanceBytes>(std::make_unique<ArchiveBytes>(*std::move(file)));
    }

    Result<std::unique_ptr<dimse::InstanceBytes>> transcode(const dimse::StoredInstance& instance,
                                                            const std::string& transfer_syntax) override {
        const auto file = archive_.open(instance.orthanc_id, service::Reading::Whole, instance.file);
        if (!file) {
            return file.failure();
        }
        // Orthanc's codecs read no HTJ2K, and all of its threads wait for each other before them.
        auto made = transcoder_.instance((*file)->bytes(), transfer_syntax);
        if (!made) {
            made = transcode_in_orthanc((*file)->bytes(), transfer_syntax);
        }
        if (!made) {
            return made.failure();
        }
        return std::unique_ptr<dimse::InstanceBytes>(std::make_unique<TranscodedBytes>(*std::move(made)));
    }

private:
    Result<dicomweb::OpenedPiece> transcode_in_orthanc(std::span<const std::byte> bytes,
                                                       const std::string& transfer_syntax) {
        OrthancPluginContext* const context = sdk_.context();
        OrthancPluginDicomInstance* const transcoded = OrthancPluginTranscodeDicomInstance(
            context, bytes.data(), static_cast<std::uint32_t>(bytes.size()), transfer_syntax.c_str());
        if (transcoded == nullptr) {
            return error(ErrorKind::NotAcceptable, "the instance cannot be transcoded for the receiver");
        }
        OrthancPluginMemoryBuffer buffer{};
        const auto code = OrthancPluginSerializeDicomInstance(context, &buffer, transcoded);
        OrthancPluginFreeDicomInstance(context, transcoded);
        if (code != OrthancPluginErrorCode_Success) {
            return error(ErrorKind::NotAcceptable, "the transcoded instance cannot be written");
        }
        std::string copy(static_cast<const char*>(buffer.data), buffer.size);
        OrthancPluginFreeMemoryBuffer(context, &buffer);
        return piece_of(std::move(copy));
    }

    orthanc::Sdk& sdk_;
    service::Archive& archive_;
    const dicomweb::Transcoder& transcoder_;
};

class EngineMove final : public orthanc::Move {
public:
    explicit EngineMove(std::unique_ptr<dimse::SendOperation> operation) : operation_(std::move(operation)) {}
    std::uint32_t size() const override { return static_cast<std::uint32_t>(operation_->size()); }
    bool step() override { return operation_->step() == dimse::MoveCounters::Step::Continue; }

private:
    std::unique_ptr<dimse::SendOperation> operation_;
};

dimse::SendLimits limits_of(const service::FetchSettings& settings) {
    dimse::SendLimits limits;
    limits.associations_per_destination = settings.associations_per_destination;
    limits.associations_per_request = settings.associations_per_request;
    limits.keep = std::chrono::seconds(settings.keep_seconds);
    return limits;
}

std::vector<dimse::StoredInstance> list_of(const std::vector<service::RetrievedInstance>& instances) {
    std::vector<dimse::StoredInstance> list;
    list.reserve(instances.size());
    for (const service::RetrievedInstance& instance : instances) {
        list.push_back({instance.orthanc_id, instance.sop_class_uid, instance.sop_instance_uid,
                        instance.transfer_syntax, instance.size, instance.series_uid, instance.file});
    }
    return list;
}

} // namespace

ModalitySender::ModalitySender(orthanc::Sdk& sdk, service::Archive& archive,
                               const dicomweb::Transcoder& transcoder,
                               const orthanc::OrthancConfiguration& configuration,
                               const service::Settings& settings)
    : sdk_(sdk), configuration_(configuration), settings_(settings),
      source_(std::make_unique<ArchiveSource>(sdk, archive, transcoder)),
      engine_(limits_of(settings.fetch), sdk) {}

Result<dimse::Destination> ModalitySender::find(const std::string& aet) const {
    const auto modality = orthanc::find_modality(sdk_, aet, configuration_.aet_comparison);
    if (!modality) {
        return modality.failure();
    }
    dimse::Destination destination;
    destination.aet = modality->aet;
    destination.host = modality->host;
    destination.port = modality->port;
    destination.local_aet = modality->local_aet.empty() ? configuration_.dicom_aet : modality->local_aet;
    const int seconds =
        modality->timeout_seconds > 0 ? modality->timeout_seconds : configuration_.scu_timeout_seconds;
    // Orthanc reads 0 as "for ever"; an operation that can hang for ever holds a worker of Orthanc for ever.
    destination.timeout_seconds = seconds > 0 ? seconds : 600;
    destination.tls = modality->tls;
    destination.tls_certificate = configuration_.tls_certificate;
    destination.tls_private_key = configuration_.tls_private_key;
    destination.tls_trusted = configuration_.tls_trusted;
    destination.allow_transcoding = modality->allow_transcoding;
    return destination;
}

std::unique_ptr<dimse::SendOperation>
ModalitySender::send(const dimse::Destination& destination,
                     const std::vector<service::RetrievedInstance>& instances, dimse::SendOptions options,
                     std::unique_ptr<dimse::InstanceSource> source) {
    const service::AePolicy& policy = settings_.policy_for(destination.aet);
    options.any_order = policy.any_order;
    options.associations = policy.associations;
    if (source) {
        return engine_.start(destination, list_of(instances), std::move(source), std::move(options));
    }
    return engine_.start(destination, list_of(instances), *source_, std::move(options));
}

Result<std::unique_ptr<orthanc::Move>>
ModalitySender::move(const orthanc::MoveRequest& request,
                     const std::vector<service::RetrievedInstance>& instances,
                     std::unique_ptr<dimse::InstanceSource> source) {
    const auto destination = find(request.destination_aet);
    if (!destination) {
        return destination.failure();
    }
    dimse::SendOptions options;
    options.originator_aet = request.originator_aet;
    options.originator_message_id = request.originator_message_id;
    auto operation = send(*destination, instances, std::move(options), std::move(source));
    if (const Status opened = operation->opened(); !opened) {
        return opened.failure();
    }
    return std::unique_ptr<orthanc::Move>(std::make_unique<EngineMove>(std::move(operation)));
}

} // namespace recog
