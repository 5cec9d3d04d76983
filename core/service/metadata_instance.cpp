#include "core/service/metadata_instance.hpp"

#include "core/dicom/codestream_header.hpp"
#include "core/dicomweb/bulk_data_type.hpp"
#include "core/dicomweb/uri.hpp"

#include <algorithm>

namespace recog::service {

namespace {

using dicom::ModelDataset;
using dicom::Tag;
using dicomweb::StoreOutcome;
namespace reason = dicomweb::store_reason;

constexpr Tag kTransferSyntax{0x0002, 0x0010};
constexpr Tag kSamplesPerPixel{0x0028, 0x0002};
constexpr Tag kPhotometricInterpretation{0x0028, 0x0004};
constexpr Tag kPlanarConfiguration{0x0028, 0x0006};
constexpr Tag kBitsStored{0x0028, 0x0101};
constexpr Tag kHighBit{0x0028, 0x0102};
constexpr Tag kPixelRepresentation{0x0028, 0x0103};

std::uint16_t reason_of(const Error& failure) {
    switch (failure.kind) {
    case ErrorKind::Storage:
        return reason::OutOfResources;
    case ErrorKind::TooLarge:
        return reason::TooLarge;
    case ErrorKind::NotFound:
        return reason::MissingBulkData;
    case ErrorKind::UnsupportedMediaType:
        return reason::UnknownTransferSyntax;
    default:
        return reason::CannotUnderstand;
    }
}

std::string uid_in(const ModelDataset& metadata, Tag tag) {
    const std::string_view uid = metadata.text(tag);
    return dicomweb::is_lookup_uid(uid) ? std::string(uid) : std::string();
}

std::optional<dicom::CodestreamHeader> header_of(const BulkDataParts& bulk_data, const dicom::BulkRun& run) {
    const auto start = bulk_data.spool().view(
        run.offset, std::min<std::uint64_t>(run.length, dicom::kCodestreamHeaderBytes));
    return start ? dicom::read_codestream_header(start->bytes) : std::nullopt;
}

void set_missing(ModelDataset& metadata, Tag tag, std::string_view vr, std::string value) {
    if (metadata.text(tag).empty()) {
        metadata.set(tag, vr, std::move(value));
    }
}

// PS3.18 10.5.1.4: the Image Pixel Description Macro may be left out where the frame tells it.
void describe(ModelDataset& metadata, const dicom::CodestreamHeader& header) {
    set_missing(metadata, kSamplesPerPixel, "US", std::to_string(header.samples));
    set_missing(metadata, kPhotometricInterpretation, "CS", std::string(header.photometric_interpretation));
    if (header.samples > 1) {
        set_missing(metadata, kPlanarConfiguration, "US", "0");
    }
    set_missing(metadata, dicom::tags::Rows, "US", std::to_string(header.rows));
    set_missing(metadata, dicom::tags::Columns, "US", std::to_string(header.columns));
    set_missing(metadata, dicom::tags::BitsAllocated, "US", header.bits > 8 ? "16" : "8");
    set_missing(metadata, kBitsStored, "US", std::to_string(header.bits));
    set_missing(metadata, kHighBit, "US", std::to_string(header.bits - 1));
    set_missing(metadata, kPixelRepresentation, "US", header.is_signed ? "1" : "0");
}

/// How the file is to be encoded; completes the metadata. Errors: UnsupportedMediaType.
Result<dicom::EncodingOrder> order_of(ModelDataset& metadata, const BulkDataParts& bulk_data) {
    const dicom::ModelElement* pixels = metadata.find(dicom::tags::PixelData);
    const dicomweb::MediaType* type =
        pixels != nullptr && pixels->bulk_data_uri ? bulk_data.type_of(*pixels->bulk_data_uri) : nullptr;
    if (type == nullptr) {
        return dicom::EncodingOrder{std::string(dicom::transfer_syntax::ExplicitVRLittleEndian), false};
    }
    const auto runs = bulk_data.find(*pixels->bulk_data_uri);
    const bool maybe_codestream = !runs.empty() && type->type != "application/octet-stream";
    const auto header = maybe_codestream ? header_of(bulk_data, runs.front()) : std::nullopt;
    auto chosen = dicomweb::pixel_data_type(*type, metadata.text(kTransferSyntax),
                                            header ? header->transfer_syntax : std::string_view());
    if (!chosen) {
        return chosen.failure();
    }
    if (header && metadata.text(dicom::tags::Rows).empty()) {
        describe(metadata, *header);
    }
    return dicom::EncodingOrder{std::move(chosen->transfer_syntax), chosen->video};
}

} // namespace

StoreOutcome make_instance(ModelDataset metadata, const BulkDataParts& bulk_data, Spool& out) {
    StoreOutcome outcome;
    outcome.sop_class = uid_in(metadata, dicom::tags::SOPClassUID);
    outcome.sop_instance = uid_in(metadata, dicom::tags::SOPInstanceUID);
    outcome.study = uid_in(metadata, dicom::tags::StudyInstanceUID);
    outcome.series = uid_in(metadata, dicom::tags::SeriesInstanceUID);
    if (outcome.sop_class.empty() || outcome.sop_instance.empty() || outcome.study.empty() ||
        outcome.series.empty()) {
        outcome.failure = reason::BadUids;
        return outcome;
    }
    const auto order = order_of(metadata, bulk_data);
    const Status encoded =
        order ? dicom::encode_model(metadata, bulk_data, *order, out) : Status(order.failure());
    outcome.failure = encoded ? std::uint16_t{0} : reason_of(encoded.failure());
    return outcome;
}

} // namespace recog::service
