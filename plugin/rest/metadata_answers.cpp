#include "plugin/rest/metadata_answers.hpp"

#include "core/base/digest.hpp"
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

// JSON of a CT slice is about 10 kB.
constexpr std::size_t kUsualBytes = 16'384;

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
        const std::string name = name_of(first, last);
        auto text = name.empty() ? nullptr : memory_.find(name);
        if (!text) {
            auto written = write(first, last, name);
            if (!written) {
                return written.failure();
            }
            text = *std::move(written);
        }
        dicomweb::OpenedPiece opened;
        if (!text->empty()) {
            static constexpr std::string_view kComma = ",";
            if (told_any_ && form_ != DatasetForm::DicomXml) {
                opened.bytes.push_back(std::as_bytes(std::span(kComma)));
            }
            opened.bytes.push_back(std::as_bytes(std::span(*text)));
            opened.owner = text;
            told_any_ = true;
        }
        return opened;
    }

private:
    /// All that the text depends on; empty: it is not to be kept. XML has a boundary of its own each time.
    std::string name_of(std::size_t first, std::size_t last) const {
        if (form_ == DatasetForm::DicomXml) {
            return {};
        }
        Digest digest;
        for (std::size_t i = first; i < last; ++i) {
            const service::RetrievedInstance& instance = (*instances_)[i];
            if (!instance.file.known()) {
                return {};
            }
            digest.add(instance.file.packed())
                .add(instances_->uri(i))
                .add(instances_->default_character_set(i))
                .add(instance.sop_class_uid)
                .add(instance.transfer_syntax);
        }
        return digest.finish();
    }

    Result<std::shared_ptr<const std::string>> write(std::size_t first, std::size_t last,
                                                     const std::string& name) {
        std::string text;
        text.reserve(kUsualBytes * (last - first));
        bool keep = !name.empty();
        for (std::size_t i = first; i < last; ++i) {
            const auto file = instances_->open(i, service::Reading::Header);
            if (!file && file.failure().kind == ErrorKind::NotFound) {
                keep = false;
                continue;
            }
            if (!file) {
                return file.failure();
            }
            keep = keep && (*file)->uuid() == (*instances_)[i].file;
            append(text, i, (*file)->bytes());
        }
        auto written = std::make_shared<const std::string>(std::move(text));
        if (keep) {
            memory_.remember(name, written);
        }
        return written;
    }

    void append(std::string& text, std::size_t i, dicom::Bytes file) const {
        dicom::ModelOptions options;
        options.default_character_set = instances_->default_character_set(i);
        const std::string uri = instances_->uri(i);
        if (form_ == DatasetForm::DicomXml) {
            append_xml(text, i, file, options, uri);
        } else {
            append_json(text, i, file, options, uri);
        }
    }

    void append_json(std::string& text, std::size_t i, dicom::Bytes file, const dicom::ModelOptions& options,
                     const std::string& uri) const {
        text += text.empty() ? "" : ",";
        const std::size_t before = text.size();
        JsonWriter writer(text);
        if (!dicom::write_dataset(writer, file, options, uri + "/bulkdata")) {
            text.resize(before);
            JsonWriter again(text);
            dicom::write_answer(again, {known_attributes((*instances_)[i]), {}, {}});
        }
    }

    void append_xml(std::string& text, std::size_t i, dicom::Bytes file, const dicom::ModelOptions& options,
                    const std::string& uri) const {
        std::string document;
        if (!dicom::write_xml_dataset(document, file, options, uri + "/bulkdata")) {
            document.clear();
            dicom::write_xml_answer(document, {known_attributes((*instances_)[i]), {}, {}});
        }
        const dicomweb::Field headers[] = {{"Content-Type", std::string(dicomweb::kDicomXml)},
                                           {"Content-Location", uri + "/metadata"}};
        text += multipart_.part_head(headers, document.size());
        text += document;
        text += dicomweb::MultipartStream::kPartEnd;
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
