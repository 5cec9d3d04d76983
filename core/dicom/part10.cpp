#include "core/dicom/part10.hpp"

#include "core/dicom/dataset_bytes.hpp"
#include "core/dicom/element_scanner.hpp"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcmetinf.h>
#include <dcmtk/dcmdata/dcxfer.h>

#include <zlib.h>

#include <algorithm>
#include <cstring>

namespace recog::dicom {

namespace {

constexpr std::size_t kPreamble = 128;
constexpr std::size_t kMagic = 4;
constexpr std::size_t kInflateStep = 1U << 20U;
constexpr Tag kMediaStorageSopClass{0x0002, 0x0002};
constexpr Tag kMediaStorageSopInstance{0x0002, 0x0003};
constexpr Tag kTransferSyntax{0x0002, 0x0010};
constexpr Tag kImplementationClassTag{0x0002, 0x0012};
constexpr Tag kSendingAet{0x0002, 0x0017};
constexpr Tag kReceivingAet{0x0002, 0x0018};

Error malformed(const char* text) {
    return error(ErrorKind::Malformed, text);
}

bool has_known_vr(Bytes file, std::size_t at) {
    return is_known_vr(static_cast<char>(file[at + 4]), static_cast<char>(file[at + 5]));
}

// Without a stated syntax the first element tells: a group above 00FF that is small when turned round is big
// endian.
Encoding detect_encoding(Bytes file, std::size_t at) {
    Encoding encoding;
    if (file.size() - at < 8) {
        return encoding;
    }
    encoding.explicit_vr = has_known_vr(file, at);
    encoding.big_endian = read_u16(file, at, false) > 0xFF && read_u16(file, at, true) <= 0xFF;
    return encoding;
}

std::string_view syntax_of(Encoding encoding) {
    if (encoding.big_endian) {
        return transfer_syntax::ExplicitVRBigEndian;
    }
    return encoding.explicit_vr ? transfer_syntax::ExplicitVRLittleEndian
                                : transfer_syntax::ImplicitVRLittleEndian;
}

bool is_known_syntax(const std::string& uid) {
    return !uid.empty() && DcmXfer(uid.c_str()).getXfer() != EXS_Unknown;
}

std::string read_uid(Bytes file, const Element& element) {
    std::string uid(reinterpret_cast<const char*>(file.data()) + element.value, element.length);
    // UIDs are padded with a null byte, and with spaces by those who did not read PS3.5 9.1.
    while (!uid.empty() && (uid.back() == '\0' || uid.back() == ' ')) {
        uid.pop_back();
    }
    return uid;
}

void take_meta(FileMeta& meta, Bytes file, const Element& element) {
    if (element.tag == kTransferSyntax) {
        meta.transfer_syntax = read_uid(file, element);
    } else if (element.tag == kMediaStorageSopClass) {
        meta.sop_class = read_uid(file, element);
    } else if (element.tag == kMediaStorageSopInstance) {
        meta.sop_instance = read_uid(file, element);
    } else if (element.tag == kImplementationClassTag) {
        meta.implementation_class = read_uid(file, element);
    } else if (element.tag == kSendingAet) {
        meta.sending_aet = read_uid(file, element);
    } else if (element.tag == kReceivingAet) {
        meta.receiving_aet = read_uid(file, element);
    }
}

// Group 0002 is read to its last element: stated group lengths are wrong too often.
Status read_meta_elements(FileMeta& meta, Bytes file) {
    const Part10Limits limits;
    ElementScanner scanner(file, limits);
    std::size_t at = meta.dataset_offset;
    // Some wrote it in implicit VR; the first element tells.
    const Encoding encoding{file.size() - at < 8 || has_known_vr(file, at), false, false};
    while (file.size() - at >= 8 && read_u16(file, at, false) == 0x0002) {
        const auto element = scanner.read(at, file.size(), encoding);
        if (!element) {
            return element.failure();
        }
        const auto next = scanner.skip(*element, file.size(), encoding, false);
        if (!next) {
            return malformed("the file meta information is cut short");
        }
        if (!element->undefined()) {
            take_meta(meta, file, *element);
        }
        at = *next;
    }
    meta.dataset_offset = at;
    return {};
}

struct ZStream {
    z_stream stream{};
    bool ready = false;
    ~ZStream() {
        if (ready) {
            inflateEnd(&stream);
        }
    }
};

/// Of values that are never read.
class NoLaterReading final : public DcmInputStreamFactory {
public:
    DcmInputStream* create() const override { return nullptr; }
    DcmInputStreamFactory* clone() const override { return new NoLaterReading(); }
    DcmInputStreamFactoryType ident() const override { return DFT_DcmInputFileStreamFactory; }
};

/// DCMTK makes room for the length that an element claims before it reads the value, so a few bytes could ask
/// for 4 GiB. A value above the longest that DCMTK is told to read at once is skipped instead, to be read
/// later: when that length is all there is, DCMTK finds that it cannot be skipped, and refuses it.
class BoundedStream final : public DcmInputBufferStream {
public:
    explicit BoundedStream(Bytes bytes) : bytes_(bytes.size()) {
        setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
        setEos();
    }
    DcmInputStreamFactory* newFactory() const override { return new NoLaterReading(); }

    /// Of a value, in bytes.
    Uint32 longest() const {
        return static_cast<Uint32>(std::min<std::size_t>(bytes_, DCM_UndefinedLength - 1));
    }

private:
    const std::size_t bytes_;
};

E_TransferSyntax dcmtk_syntax(Encoding encoding) {
    if (encoding.big_endian) {
        return encoding.explicit_vr ? EXS_BigEndianExplicit : EXS_BigEndianImplicit;
    }
    return encoding.explicit_vr ? EXS_LittleEndianExplicit : EXS_LittleEndianImplicit;
}

Status parse_meta(DcmFileFormat& file_format, Bytes meta) {
    BoundedStream source(meta);
    DcmMetaInfo* info = file_format.getMetaInfo();
    info->transferInit();
    const OFCondition condition = info->read(source, EXS_Unknown, EGL_noChange, source.longest());
    info->transferEnd();
    if (condition.bad() && condition != EC_EndOfStream) {
        return malformed("the file meta information cannot be read");
    }
    return {};
}

Status parse_dataset(DcmFileFormat& file_format, Bytes bytes, E_TransferSyntax syntax) {
    BoundedStream source(bytes);
    DcmDataset* dataset = file_format.getDataset();
    dataset->transferInit();
    const OFCondition condition = dataset->read(source, syntax, EGL_noChange, source.longest());
    dataset->transferEnd();
    if (condition.bad()) {
        return malformed("the data set cannot be read");
    }
    return {};
}

} // namespace

Result<std::vector<std::byte>> inflate_dataset(Bytes deflated, std::size_t limit) {
    ZStream z;
    if (inflateInit2(&z.stream, -MAX_WBITS) != Z_OK) {
        return error(ErrorKind::Internal, "zlib cannot be set up");
    }
    z.ready = true;
    // zlib counts input in 32 bits; no deflated data set is that long.
    if (deflated.size() > 0xFFFFFFFFU) {
        return error(ErrorKind::TooLarge, "the deflated data set is too long");
    }
    z.stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(deflated.data()));
    z.stream.avail_in = static_cast<uInt>(deflated.size());
    std::vector<std::byte> out;
    int state = Z_OK;
    while (state == Z_OK) {
        const std::size_t filled = out.size();
        if (filled >= limit) {
            return error(ErrorKind::TooLarge, "the deflated data set grows beyond its limit");
        }
        out.resize(std::min(limit, filled + std::max(kInflateStep, filled)));
        z.stream.next_out = reinterpret_cast<Bytef*>(out.data() + filled);
        const std::size_t room = std::min<std::size_t>(out.size() - filled, 0x40000000U);
        z.stream.avail_out = static_cast<uInt>(room);
        state = inflate(&z.stream, Z_NO_FLUSH);
        out.resize(filled + room - z.stream.avail_out);
        // A stream cut short still gives what it held; the elements then tell whether that is enough.
        if (state == Z_OK && out.size() == filled) {
            break;
        }
    }
    if (state != Z_STREAM_END && state != Z_OK && state != Z_BUF_ERROR) {
        return malformed("the deflated data set cannot be inflated");
    }
    return out;
}

Encoding encoding_of(std::string_view uid) {
    const DcmXfer syntax(std::string(uid).c_str());
    if (syntax.getXfer() == EXS_Unknown) {
        return Encoding{};
    }
    return Encoding{syntax.isExplicitVR(), syntax.isBigEndian(), syntax.getStreamCompression() != ESC_none};
}

bool is_native(std::string_view uid) {
    return uid == transfer_syntax::ImplicitVRLittleEndian || uid == transfer_syntax::ExplicitVRLittleEndian ||
           uid == transfer_syntax::ExplicitVRBigEndian ||
           uid == transfer_syntax::DeflatedExplicitVRLittleEndian ||
           uid == transfer_syntax::ImplicitVRBigEndianPixels;
}

Result<FileMeta> read_meta(Bytes file) {
    FileMeta meta;
    const std::size_t head = kPreamble + kMagic;
    meta.has_preamble = file.size() >= head && std::memcmp(file.data() + kPreamble, "DICM", kMagic) == 0;
    meta.dataset_offset = meta.has_preamble ? head : 0;
    if (const Status read = read_meta_elements(meta, file); !read) {
        return read.failure();
    }
    if (is_known_syntax(meta.transfer_syntax)) {
        meta.encoding = encoding_of(meta.transfer_syntax);
    } else {
        meta.encoding = detect_encoding(file, meta.dataset_offset);
        if (meta.transfer_syntax.empty()) {
            meta.transfer_syntax = syntax_of(meta.encoding);
        }
    }
    return meta;
}

Result<DatasetBytes> open_dataset(Bytes file, const Part10Limits& limits) {
    const auto meta = read_meta(file);
    if (!meta) {
        return meta.failure();
    }
    DatasetBytes dataset{*meta, file, meta->dataset_offset, nullptr};
    if (meta->encoding.deflated) {
        auto inflated = inflate_dataset(file.subspan(meta->dataset_offset), limits.inflated_bytes);
        if (!inflated) {
            return inflated.failure();
        }
        dataset.inflated = std::make_shared<const std::vector<std::byte>>(*std::move(inflated));
        dataset.bytes = Bytes(*dataset.inflated);
        dataset.begin = 0;
    }
    return dataset;
}

bool is_pixel_data(Tag tag) {
    return tag == tags::PixelData || tag == Tag{0x7FE0, 0x0008} || tag == Tag{0x7FE0, 0x0009};
}

namespace {

// Also keeps DCMTK, which recurses as deep as its input says, from nesting that would end its stack.
Result<std::size_t> find_header_end(const DatasetBytes& dataset, const Part10Limits& limits) {
    ElementScanner scanner(dataset.bytes, limits);
    const std::size_t end = dataset.bytes.size();
    std::size_t at = dataset.begin;
    while (at < end) {
        const auto element = scanner.read(at, end, dataset.meta.encoding);
        if (!element) {
            return element.failure();
        }
        if (is_pixel_data(element->tag)) {
            break;
        }
        const auto next = scanner.skip(*element, end, dataset.meta.encoding, true);
        if (!next) {
            return next;
        }
        at = *next;
    }
    return at;
}

} // namespace

Result<std::unique_ptr<DcmFileFormat>> read_header(Bytes file, const Part10Limits& limits) {
    const auto dataset = open_dataset(file, limits);
    if (!dataset) {
        return dataset.failure();
    }
    const auto end = find_header_end(*dataset, limits);
    if (!end) {
        return end.failure();
    }
    const std::size_t length = *end - dataset->begin;
    if (length == 0) {
        return malformed("the file holds no data set");
    }
    if (length > limits.header_bytes) {
        return error(ErrorKind::TooLarge, "the data set before its pixel data is too long");
    }
    auto file_format = std::make_unique<DcmFileFormat>();
    const std::size_t meta_begin = dataset->meta.has_preamble ? kPreamble + kMagic : 0;
    if (dataset->meta.dataset_offset > meta_begin) {
        if (const Status read = parse_meta(*file_format, file.first(dataset->meta.dataset_offset)); !read) {
            return read.failure();
        }
    }
    const Status read = parse_dataset(*file_format, dataset->bytes.subspan(dataset->begin, length),
                                      dcmtk_syntax(dataset->meta.encoding));
    if (!read) {
        return read.failure();
    }
    return file_format;
}

bool nests_deeper_than(Bytes file, std::size_t most) {
    Part10Limits limits;
    limits.nesting = most;
    const auto dataset = open_dataset(file, limits);
    if (!dataset) {
        return dataset.failure().kind == ErrorKind::TooLarge;
    }
    ElementScanner scanner(dataset->bytes, limits);
    const std::size_t end = dataset->bytes.size();
    for (std::size_t at = dataset->begin; at < end;) {
        const auto element = scanner.read(at, end, dataset->meta.encoding);
        const auto next = element ? scanner.skip(*element, end, dataset->meta.encoding, true)
                                  : Result<std::size_t>(element.failure());
        if (!next) {
            return next.failure().kind == ErrorKind::TooLarge;
        }
        at = *next;
    }
    return false;
}

} // namespace recog::dicom
