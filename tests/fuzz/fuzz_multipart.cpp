// Any bytes as a multipart body: cut into pieces it must read as it does whole, and every part that begins
// must end. The first byte says how long the pieces are.
#include "core/dicomweb/media_type.hpp"
#include "core/dicomweb/multipart_reader.hpp"

#include "tests/fuzz/expect.hpp"

#include <algorithm>
#include <cstdint>

using namespace recog;
using namespace recog::dicomweb;

namespace {

class Notes final : public PartSink {
public:
    std::string text;

    Status begin_part(PartHeaders headers) override {
        fuzz::expect(!open_, "a part begins when none is open");
        open_ = true;
        text += headers.broken ? "(" : "[";
        for (const Field& field : headers.fields) {
            text.append(field.name).append("=").append(field.value).append("|");
            static_cast<void>(parse_media_type(field.value));
        }
        return {};
    }
    Status part_data(Bytes bytes) override {
        fuzz::expect(open_ && !bytes.empty(), "data is of a part");
        text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return {};
    }
    Status end_part(bool complete) override {
        fuzz::expect(open_, "what ends has begun");
        open_ = false;
        text += complete ? "]" : "!";
        return {};
    }
    bool open() const { return open_; }

private:
    bool open_ = false;
};

std::string read(Bytes body, std::size_t piece) {
    Notes notes;
    auto reader = MultipartReader::make("b", notes);
    fuzz::expect(reader.ok(), "the boundary is one");
    for (Bytes rest = body; !rest.empty(); rest = rest.subspan(std::min(rest.size(), piece))) {
        fuzz::expect(reader->add(rest.first(std::min(rest.size(), piece))).ok(), "adding does not fail");
    }
    const bool found = reader->finish().ok();
    fuzz::expect(!notes.open(), "every part ends");
    return notes.text + (found ? "+" : "-") + (reader->closed() ? "closed" : "open");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const Bytes body = std::as_bytes(std::span(data + 1, std::min<std::size_t>(size - 1, 60'000)));
    // Headers beyond their limit break where a piece happens to end, so short inputs only are compared.
    const std::string whole = read(body, 65'536);
    if (body.size() < kMaxPartHeaderBytes) {
        fuzz::expect(read(body, 1 + data[0]) == whole, "pieces read as the whole does");
    }
    static_cast<void>(parse_media_type({reinterpret_cast<const char*>(data), size}));
    return 0;
}
