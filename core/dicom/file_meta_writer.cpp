#include "core/dicom/part10.hpp"

namespace recog::dicom {

namespace {

constexpr std::size_t kPreambleBytes = 128;

class MetaWriter {
public:
    MetaWriter() : out_(kPreambleBytes) {
        put_text("DICM");
        header(0x0000, "UL", 4);
        number(0, 4); // set by finish()
    }
    void version() {
        header(0x0001, "OB", 2);
        number(0x0100, 2); // 00 01
    }
    /// Padded to even length: UIDs by NUL, others by a blank.
    void text(std::uint16_t element, const char* vr, const std::string& value) {
        if (value.empty()) {
            return;
        }
        header(element, vr, value.size() + value.size() % 2);
        put_text(value);
        if (value.size() % 2 != 0) {
            out_.push_back(vr[0] == 'U' ? std::byte{0} : std::byte{' '});
        }
    }
    std::vector<std::byte> finish() {
        constexpr std::size_t length_at = kPreambleBytes + 4 + 8;
        const std::size_t length = out_.size() - length_at - 4;
        for (std::size_t i = 0; i < 4; ++i) {
            out_[length_at + i] = static_cast<std::byte>((length >> (8 * i)) & 0xFFU);
        }
        return std::move(out_);
    }

private:
    void put_text(std::string_view text) {
        for (const char c : text) {
            out_.push_back(static_cast<std::byte>(c));
        }
    }
    void number(std::size_t value, std::size_t bytes) {
        for (; bytes > 0; --bytes, value >>= 8U) {
            out_.push_back(static_cast<std::byte>(value & 0xFFU));
        }
    }
    void header(std::uint16_t element, std::string_view vr, std::size_t length) {
        number(0x0002, 2);
        number(element, 2);
        put_text(vr);
        if (vr == "OB") {
            number(0, 2);
        }
        number(length, vr == "OB" ? 4 : 2);
    }

    std::vector<std::byte> out_;
};

} // namespace

std::vector<std::byte> encode_file_meta(const NewFileMeta& meta) {
    MetaWriter writer;
    writer.version();
    writer.text(0x0002, "UI", meta.sop_class);
    writer.text(0x0003, "UI", meta.sop_instance);
    writer.text(0x0010, "UI", meta.transfer_syntax);
    writer.text(0x0012, "UI", meta.implementation_class);
    writer.text(0x0013, "SH", meta.implementation_version);
    writer.text(0x0016, "AE", meta.sending_aet);
    writer.text(0x0017, "AE", meta.sending_aet);
    writer.text(0x0018, "AE", meta.receiving_aet);
    return writer.finish();
}

} // namespace recog::dicom
