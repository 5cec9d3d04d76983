#include "plugin/rest/instance_metadata.hpp"

#include "core/base/json_writer.hpp"
#include "core/dicom/json_model.hpp"

namespace recog::rest {

namespace {

// JSON of a CT slice is about 6 kB.
constexpr std::size_t kUsualBytes = 8192;

} // namespace

Result<InstanceMetadata> write_metadata(const service::InstanceFile& file,
                                        const std::string& default_character_set) {
    InstanceMetadata metadata;
    metadata.text.reserve(kUsualBytes);
    dicom::ModelOptions options;
    options.default_character_set = default_character_set;
    options.file_size = file.size();
    JsonWriter writer(metadata.text);
    const Status written = dicom::write_dataset(writer, file.bytes(), options, "/bulkdata", &metadata.holes);
    if (!written) {
        return written.failure();
    }
    return metadata;
}

Result<OpenedMetadata> open_metadata(service::Archive& archive, const std::string& orthanc_id,
                                     const Uuid& place, const std::string& default_character_set) {
    auto file = archive.open(orthanc_id, service::Reading::Beginning, place);
    if (!file) {
        return file.failure();
    }
    auto metadata = write_metadata(**file, default_character_set);
    if (!metadata && (*file)->bytes().size() < (*file)->size()) {
        file = archive.open(orthanc_id, service::Reading::Header, (*file)->uuid());
        if (!file) {
            return file.failure();
        }
        metadata = write_metadata(**file, default_character_set);
    }
    return OpenedMetadata{(*file)->uuid(), std::move(metadata)};
}

void append_metadata(std::string& out, const InstanceMetadata& metadata, std::string_view url) {
    std::size_t copied = 0;
    for (const std::size_t hole : metadata.holes) {
        out.append(metadata.text, copied, hole - copied).append(url);
        copied = hole;
    }
    out.append(metadata.text, copied);
}

} // namespace recog::rest
