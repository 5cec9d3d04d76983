#include "core/dicom/attribute_coercion.hpp"

#include "core/base/utf8.hpp"
#include "core/dicom/coerced_dataset.hpp"
#include "core/dicom/deflated_dataset.hpp"
#include "core/dicom/padding.hpp"

#include <algorithm>

namespace recog::dicom {

namespace {

bool can_be_a_value(std::string_view value) {
    return value.size() <= kMaxCoercedValueBytes && is_utf8(value) &&
           std::none_of(value.begin(), value.end(), [](char c) {
               return static_cast<unsigned char>(c) < 0x20 || c == '\x7F' || c == '\\';
           });
}

Status check(const CoercedPatient& patient, const CoercionRecord& record) {
    if (patient.patient_id.empty()) {
        return error(ErrorKind::BadRequest, "a copy cannot be made without a Patient ID");
    }
    for (const std::string* value :
         {&patient.patient_id, &patient.issuer, &patient.name, &patient.universal_entity_id,
          &patient.universal_entity_id_type, &record.modifying_system, &record.source, &record.date_time}) {
        if (!can_be_a_value(*value)) {
            return error(ErrorKind::BadRequest, "a value for the copy cannot stand in a data set");
        }
    }
    return {};
}

CoercedPatient trimmed(CoercedPatient patient) {
    for (std::string* value : {&patient.patient_id, &patient.issuer, &patient.name}) {
        value->erase(0, std::min(value->find_first_not_of(' '), value->size()));
        value->erase(without_padding(*value).size());
    }
    return patient;
}

/// A file that does not state its encoding is read by how its data set begins.
bool begins_alike(const FileMeta& original, Bytes copy) {
    const auto meta = read_meta(copy);
    return meta && meta->dataset_offset == original.dataset_offset &&
           meta->transfer_syntax == original.transfer_syntax &&
           meta->encoding.explicit_vr == original.encoding.explicit_vr &&
           meta->encoding.big_endian == original.encoding.big_endian;
}

struct Owner {
    DatasetBytes dataset;
    FilePieces pieces;
};

} // namespace

std::size_t CoercedFile::size() const {
    std::size_t bytes = 0;
    for (const Bytes part : parts) {
        bytes += part.size();
    }
    return bytes;
}

Part10Limits coercion_limits() {
    Part10Limits limits;
    limits.inflated_bytes = std::size_t{512} << 20U;
    limits.header_bytes = std::size_t{256} << 20U;
    return limits;
}

Result<CoercedFile> coerce_patient(Bytes file, const CoercedPatient& wanted, const CoercionRecord& record,
                                   const Part10Limits& limits) {
    const CoercedPatient patient = trimmed(wanted);
    if (const Status fit = check(patient, record); !fit) {
        return fit.failure();
    }
    auto dataset = open_dataset(file, limits);
    if (!dataset) {
        return dataset.failure();
    }
    const auto owner = std::make_shared<Owner>();
    owner->dataset = *std::move(dataset);
    CoercedDataset coerced(owner->dataset, patient, record, limits);
    const auto changes = coerced.prepare();
    if (!changes) {
        return changes.failure();
    }
    CoercedFile copy;
    if (!*changes) {
        copy.parts.push_back(file);
        return copy;
    }
    const bool deflated = owner->dataset.meta.encoding.deflated;
    FilePieces plain;
    FilePieces& dataset_pieces = deflated ? plain : owner->pieces;
    owner->pieces = FilePieces(text_of(file.first(owner->dataset.meta.dataset_offset)));
    if (const Status added = coerced.add_to(dataset_pieces); !added) {
        return added.failure();
    }
    if (deflated) {
        const auto stream = deflate_dataset(plain.pieces());
        if (!stream) {
            return stream.failure();
        }
        owner->pieces.add(*stream);
    }
    copy.parts = owner->pieces.pieces();
    if (!begins_alike(owner->dataset.meta, copy.parts.front())) {
        return error(ErrorKind::Malformed, "the file does not state how it is encoded");
    }
    if (deflated) {
        owner->dataset = {};
    }
    copy.owner = owner;
    copy.changed = true;
    return copy;
}

} // namespace recog::dicom
