#include "plugin/rest/metadata_answers.hpp"

#include "core/base/json_writer.hpp"
#include "core/dicom/json_model.hpp"
#include "core/dicom/xml_model.hpp"
#include "core/dicomweb/dataset_form.hpp"
#include "core/dicomweb/multipart_stream.hpp"

#include <algorithm>

namespace recog::rest {

using dicomweb::DatasetForm;
using dicomweb::Response;
namespace tags = dicom::tags;

namespace {

// Of a CT slice; XML is longer.
constexpr std::size_t kUsualBytes = 8192;

dicom::AttributeSet known_attributes(const service::RetrievedInstance& instance) {
    dicom::AttributeSet attributes;
    attributes.set(tags::SOPClassUID, instance.sop_class_uid);
    attributes.set(tags::SOPInstanceUID, instance.sop_instance_uid);
    attributes.set(tags::AvailableTransferSyntaxUID, instance.transfer_syntax);
    attributes.set(tags::StudyInstanceUID, instance.study_uid);
    attributes.set(tags::SeriesInstanceUID, instance.series_uid);
    return attributes;
}

/// Pieces are made in the order of the answer, one at a time.
class MetadataPieces {
public:
    MetadataPieces(std::shared_ptr<const StoredInstances> instances, DatasetForm form, MetadataMemory& memory)
        : instances_(std::move(instances)), form_(form), memory_(memory),
          multipart_("related", dicomweb::kDicomXml) {}

    std::string content_type() const {
        return form_ == DatasetForm::DicomXml ? multipart_.content_type()
                                              : std::string(dicomweb::json_type(form_));
    }
    std::string begin() const { return form_ == DatasetForm::DicomXml ? "" : "["; }
    std::string end() const { return form_ == DatasetForm::DicomXml ? multipart_.end() : "]"; }
    bool told_any() const { return told_any_; }

    /// The instances from `first` on, as many as a piece holds. Errors: those of the archive.
    Result<dicomweb::OpenedPiece> piece(std::size_t first) {
        const std::size_t last = std::min(first + kInstancesPerPiece, instances_->size());
        auto text = std::make_shared<std::string>();
        text->reserve(kUsualBytes * (last - first));
        for (std::size_t i = first; i < last; ++i) {
            const Status appended =
                form_ == DatasetForm::DicomXml ? append_xml(*text, i) : append_json(*text, i);
            if (!appended && appended.failure().kind != ErrorKind::NotFound) {
                return appended.failure();
            }
            told_any_ = told_any_ || appended.ok();
        }
        dicomweb::OpenedPiece opened;
        if (!text->empty()) {
            opened.bytes.push_back(std::as_bytes(std::span(*text)));
            opened.owner = std::move(text);
        }
        return opened;
    }

private:
    void begin_next(std::string& text) const { text += told_any_ || !text.empty() ? "," : ""; }

    Status append_json(std::string& text, std::size_t i) const {
        const service::RetrievedInstance& instance = (*instances_)[i];
        const std::string& character_set = instances_->default_character_set(i);
        auto kept = instance.file.known() ? memory_.find(instance.file, character_set) : nullptr;
        if (!kept) {
            auto opened = instances_->metadata(i, character_set);
            if (!opened && opened.failure().kind != ErrorKind::Storage) {
                return opened.failure();
            }
            if (!opened || !opened->metadata) {
                begin_next(text);
                JsonWriter writer(text);
                dicom::write_answer(writer, {known_attributes(instance), {}, {}});
                return {};
            }
            kept = std::make_shared<const InstanceMetadata>(*std::move(opened->metadata));
            if (opened->file.known()) {
                memory_.remember(opened->file, character_set, kept);
            }
        }
        begin_next(text);
        append_metadata(text, *kept, instances_->uri(i));
        return {};
    }

    // Each answer has a boundary of its own, and few ask for XML: it is not kept.
    Status append_xml(std::string& text, std::size_t i) const {
        const auto file = instances_->open(i, service::Reading::Header);
        if (!file && file.failure().kind != ErrorKind::Storage) {
            return file.failure();
        }
        dicom::ModelOptions options;
        options.default_character_set = instances_->default_character_set(i);
        const std::string uri = instances_->uri(i);
        std::string document;
        if (!file || !dicom::write_xml_dataset(document, (*file)->bytes(), options, uri + "/bulkdata")) {
            document.clear();
            dicom::write_xml_answer(document, {known_attributes((*instances_)[i]), {}, {}});
        }
        const dicomweb::Field headers[] = {{"Content-Type", std::string(dicomweb::kDicomXml)},
                                           {"Content-Location", uri + "/metadata"}};
        text += multipart_.part_head(headers, document.size());
        text += document;
        text += dicomweb::MultipartStream::kPartEnd;
        return {};
    }

    const std::shared_ptr<const StoredInstances> instances_;
    const DatasetForm form_;
    MetadataMemory& memory_;
    const dicomweb::MultipartStream multipart_;
    bool told_any_ = false;
};

} // namespace

Result<Response> metadata_answer(std::shared_ptr<const StoredInstances> instances,
                                 const std::vector<dicomweb::MediaRange>& accepted, MetadataMemory& memory) {
    const auto form = dicomweb::choose_dataset_form(accepted);
    if (!form) {
        return error(ErrorKind::NotAcceptable,
                     "metadata is given as application/dicom+json or as multipart/related with the type "
                     "application/dicom+xml");
    }
    const std::size_t count = instances->size();
    const auto pieces = std::make_shared<MetadataPieces>(std::move(instances), *form, memory);
    auto first = pieces->piece(0);
    if (!first) {
        return first.failure();
    }
    if (count <= kInstancesPerPiece && !pieces->told_any()) {
        return error(ErrorKind::Gone, "it has just been removed");
    }
    Response response;
    response.set_header("Content-Type", pieces->content_type());
    response.body.append(pieces->begin());
    for (const dicomweb::Bytes run : first->bytes) {
        response.body.append(run, first->owner);
    }
    for (std::size_t at = kInstancesPerPiece; at < count; at += kInstancesPerPiece) {
        response.body.append_later(std::nullopt, [pieces, at] { return pieces->piece(at); });
    }
    response.body.append(pieces->end());
    return response;
}

} // namespace recog::rest
