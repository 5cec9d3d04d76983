#include "core/dicom/model_encoder.hpp"

#include "core/dicom/dataset_walk.hpp"
#include "core/dicom/element_scanner.hpp"
#include "core/dicom/element_writer.hpp"
#include "core/dicom/model_values.hpp"

#include <charconv>

namespace recog::dicom {

namespace {

constexpr std::size_t kFlushBytes = 1U << 16U;
constexpr std::uint64_t kMaxLength = 0xFFFFFFFEU;
constexpr Tag kTrailingPadding{0xFFFC, 0xFFFC};

Error malformed(const char* text) {
    return error(ErrorKind::Malformed, text);
}

Error too_large() {
    return error(ErrorKind::TooLarge, "a value is longer than 4 GiB");
}

bool is_left_out(Tag tag) {
    return tag.group == 0x0000 || tag.group == 0x0002 || tag.element == 0x0000 || tag == kTrailingPadding;
}

std::uint64_t length_of(const std::vector<BulkRun>& runs) {
    std::uint64_t length = 0;
    for (const BulkRun& run : runs) {
        length += run.length;
    }
    return length;
}

std::uint64_t even(std::uint64_t length) {
    return length + length % 2;
}

std::string little_endian(std::uint64_t number) {
    std::string bytes;
    for (unsigned i = 0; i < 4; ++i) {
        bytes += static_cast<char>((number >> (8U * i)) & 0xFFU);
    }
    return bytes;
}

class Encoder {
public:
    Encoder(const BulkDataSource& bulk_data, const EncodingOrder& order, Spool& out)
        : bulk_data_(bulk_data), order_(order), out_(out) {}

    Status file(const ModelDataset& dataset);

private:
    Status dataset(const ModelDataset& dataset, bool top);
    Status element(const ModelElement& element, bool top);
    Status sequence(const ModelElement& element);
    Status text(const ModelElement& element);
    Status binary(const ModelElement& element, std::string_view bytes);
    Status elsewhere(const ModelElement& element, bool top);
    Status native(const ModelElement& element, const std::vector<BulkRun>& runs);
    Status encapsulated(const std::vector<BulkRun>& frames);
    Status run(const BulkRun& run);
    Status flush();
    Status flush_when_full() { return writer_.position() >= kFlushBytes ? flush() : Status(); }

    const BulkDataSource& bulk_data_;
    const EncodingOrder& order_;
    Spool& out_;
    ElementWriter writer_{Encoding{true, false, false}};
    std::uint64_t frames_ = 1;
};

Status Encoder::flush() {
    const Status appended = out_.append(std::as_bytes(std::span(writer_.bytes())));
    writer_.clear();
    return appended;
}

Status Encoder::file(const ModelDataset& dataset_of_file) {
    NewFileMeta meta;
    meta.sop_class = dataset_of_file.text(tags::SOPClassUID);
    meta.sop_instance = dataset_of_file.text(tags::SOPInstanceUID);
    meta.transfer_syntax = order_.transfer_syntax;
    meta.implementation_class = kImplementationClass;
    if (meta.sop_class.empty() || meta.sop_instance.empty()) {
        return malformed("the metadata names no SOP class or no SOP instance");
    }
    const std::string_view frames = dataset_of_file.text(tags::NumberOfFrames);
    std::from_chars(frames.data(), frames.data() + frames.size(), frames_);
    if (const Status appended = out_.append(encode_file_meta(meta)); !appended) {
        return appended;
    }
    if (const Status written = dataset(dataset_of_file, true); !written) {
        return written;
    }
    return flush();
}

Status Encoder::dataset(const ModelDataset& elements, bool top) {
    bool set_due = top;
    for (const ModelElement& one : elements.elements) {
        if (is_left_out(one.tag)) {
            continue;
        }
        if (one.tag == tags::SpecificCharacterSet) {
            writer_.text(one.tag, "CS", kModelCharacterSet);
            set_due = false;
            continue;
        }
        if (one.tag.group < 0x0008 || one.tag.group >= 0xFFFE) {
            return malformed("the metadata holds an attribute that no data set may hold");
        }
        if (set_due && tags::SpecificCharacterSet < one.tag) {
            writer_.text(tags::SpecificCharacterSet, "CS", kModelCharacterSet);
            set_due = false;
        }
        if (const Status written = element(one, top); !written) {
            return written;
        }
        if (const Status flushed = flush_when_full(); !flushed) {
            return flushed;
        }
    }
    return {};
}

Status Encoder::element(const ModelElement& one, bool top) {
    if (one.vr == "SQ") {
        return sequence(one);
    }
    if (one.bulk_data_uri) {
        return elsewhere(one, top);
    }
    if (one.binary) {
        return binary(one, *one.binary);
    }
    return text(one);
}

Status Encoder::sequence(const ModelElement& one) {
    if (one.items.empty()) {
        writer_.value_header(one.tag, "SQ", 0);
        return {};
    }
    writer_.value_header(one.tag, "SQ", kUndefinedLength);
    for (const ModelDataset& item : one.items) {
        writer_.item_header(kUndefinedLength);
        if (const Status written = dataset(item, false); !written) {
            return written;
        }
        writer_.item_delimiter();
    }
    writer_.sequence_delimiter();
    return {};
}

Status Encoder::text(const ModelElement& one) {
    const auto value = encode_values(one.vr, one.text);
    return value ? binary(one, *value) : value.failure();
}

// PS3.5 6.2.2: what is too long for a VR with a length of 16 bits stands under UN.
Status Encoder::binary(const ModelElement& one, std::string_view bytes) {
    if (bytes.size() > kMaxLength) {
        return too_large();
    }
    const bool fits = ElementWriter::has_long_length(one.vr) || bytes.size() <= kMaxShortValueBytes;
    writer_.value_header(one.tag, fits ? std::string_view(one.vr) : "UN",
                         static_cast<std::uint32_t>(even(bytes.size())));
    writer_.raw(bytes);
    if (bytes.size() % 2 != 0) {
        const bool nul = one.vr == "UI" || one.binary || one.vr == "UN";
        writer_.raw(nul ? std::string_view("\0", 1) : " ");
    }
    return {};
}

Status Encoder::elsewhere(const ModelElement& one, bool top) {
    const std::vector<BulkRun> runs = bulk_data_.find(*one.bulk_data_uri);
    if (runs.empty()) {
        return error(ErrorKind::NotFound, "the metadata names bulk data that did not come with it");
    }
    const bool pixels = top && one.tag == tags::PixelData;
    if (pixels && !is_native(order_.transfer_syntax)) {
        return encapsulated(runs);
    }
    if (!pixels && runs.size() > 1) {
        return malformed("several parts came for one value that has no frames");
    }
    return native(one, runs);
}

Status Encoder::native(const ModelElement& one, const std::vector<BulkRun>& runs) {
    const std::uint64_t length = length_of(runs);
    if (length > kMaxLength) {
        return too_large();
    }
    const bool fits = ElementWriter::has_long_length(one.vr) || length <= kMaxShortValueBytes;
    writer_.value_header(one.tag, fits ? std::string_view(one.vr) : "UN",
                         static_cast<std::uint32_t>(even(length)));
    for (const BulkRun& piece : runs) {
        if (const Status written = run(piece); !written) {
            return written;
        }
    }
    writer_.raw(std::string_view("\0", length % 2));
    return {};
}

Status Encoder::encapsulated(const std::vector<BulkRun>& frames) {
    if (!order_.video && frames.size() != frames_) {
        return error(ErrorKind::NotFound, "not as many parts of pixel data came as the metadata has frames");
    }
    std::string offsets;
    std::uint64_t offset = 0;
    for (const BulkRun& frame : frames) {
        offsets += little_endian(offset);
        offset += 8 + even(frame.length);
    }
    if (offset > kMaxLength) {
        return too_large();
    }
    writer_.value_header(tags::PixelData, "OB", kUndefinedLength);
    const std::string table = order_.video ? std::string() : std::move(offsets);
    writer_.item_header(static_cast<std::uint32_t>(table.size()));
    writer_.raw(table);
    for (const BulkRun& frame : frames) {
        writer_.item_header(static_cast<std::uint32_t>(even(frame.length)));
        if (const Status written = run(frame); !written) {
            return written;
        }
        writer_.raw(std::string_view("\0", frame.length % 2));
    }
    writer_.sequence_delimiter();
    return {};
}

Status Encoder::run(const BulkRun& piece) {
    const Status flushed = flush();
    return flushed ? out_.append_from(bulk_data_.spool(), piece.offset, piece.length) : flushed;
}

} // namespace

Status encode_model(const ModelDataset& dataset, const BulkDataSource& bulk_data, const EncodingOrder& order,
                    Spool& out) {
    return Encoder(bulk_data, order, out).file(dataset);
}

} // namespace recog::dicom
