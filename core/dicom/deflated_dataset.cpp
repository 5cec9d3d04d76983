#include "core/dicom/deflated_dataset.hpp"

#include <zlib.h>

#include <algorithm>

namespace recog::dicom {

namespace {

constexpr std::size_t kStep = 1U << 20U; // zlib counts in 32 bits
constexpr int kMemoryLevel = 8;          // zlib's own default

class Deflater {
public:
    Deflater() {
        ready_ = deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, kMemoryLevel,
                              Z_DEFAULT_STRATEGY) == Z_OK;
    }
    ~Deflater() {
        if (ready_) {
            deflateEnd(&stream_);
        }
    }
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;

    bool ready() const { return ready_; }

    /// At most kStep bytes at once.
    void add(Bytes bytes, int flush, std::string& out) {
        stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
        stream_.avail_in = static_cast<uInt>(bytes.size());
        do {
            const std::size_t filled = out.size();
            out.resize(filled + kStep);
            stream_.next_out = reinterpret_cast<Bytef*>(out.data() + filled);
            stream_.avail_out = static_cast<uInt>(kStep);
            deflate(&stream_, flush);
            out.resize(filled + kStep - stream_.avail_out);
        } while (stream_.avail_out == 0);
    }

private:
    z_stream stream_{};
    bool ready_ = false;
};

} // namespace

Result<std::string> deflate_dataset(const std::vector<Bytes>& pieces) {
    Deflater deflater;
    if (!deflater.ready()) {
        return error(ErrorKind::Internal, "zlib cannot be set up");
    }
    std::string out;
    for (Bytes piece : pieces) {
        while (!piece.empty()) {
            const Bytes step = piece.first(std::min(piece.size(), kStep));
            deflater.add(step, Z_NO_FLUSH, out);
            piece = piece.subspan(step.size());
        }
    }
    deflater.add({}, Z_FINISH, out);
    out.append(out.size() % 2, '\0');
    return out;
}

} // namespace recog::dicom
