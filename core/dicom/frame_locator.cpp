#include "core/dicom/pixel_data.hpp"

#include <algorithm>
#include <optional>

namespace recog::dicom {

namespace {

// Extents of frame n are extents[first[n] .. first[n + 1]).
struct FrameTable {
    std::vector<Extent> extents;
    std::vector<std::size_t> first;
};

Error malformed(const char* text) {
    return error(ErrorKind::Malformed, text);
}

bool is_video(std::string_view syntax) {
    // PS3.6 table A-1: MPEG2 .100 and .101, MPEG-4 .102 to .106, HEVC .107 and .108, each with a fragmentable
    // ".1".
    constexpr std::string_view kJpegFamily = "1.2.840.10008.1.2.4.10";
    return syntax.size() >= kJpegFamily.size() + 1 && syntax.starts_with(kJpegFamily) &&
           syntax[kJpegFamily.size()] <= '8';
}

// In bits. PS3.5 8.2 and PS3.3 C.7.6.3.1.2: YBR_FULL_422 in native form holds two samples for each pixel.
std::uint64_t native_frame_bits(const ImageShape& shape) {
    std::uint64_t samples = shape.samples_per_pixel;
    if (samples == 3 && (shape.photometric_interpretation == "YBR_FULL_422" ||
                         shape.photometric_interpretation == "YBR_PARTIAL_422")) {
        samples = 2;
    }
    // Four 16-bit numbers: the product cannot overflow.
    return std::uint64_t{shape.rows} * shape.columns * samples * shape.bits_allocated;
}

bool starts_codestream(Bytes fragment) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned>(fragment[at]); };
    if (fragment.size() < 4 || byte(0) != 0xFF) {
        return false;
    }
    const bool jpeg = byte(1) == 0xD8 && byte(2) == 0xFF;                        // SOI, then any marker
    const bool jpeg2000 = byte(1) == 0x4F && byte(2) == 0xFF && byte(3) == 0x51; // SOC, SIZ
    const bool jpeg_xl = byte(1) == 0x0A;
    return jpeg || jpeg2000 || jpeg_xl;
}

// The fragment whose item header stands `offset` bytes behind the first fragment's (PS3.5 A.4).
std::optional<std::size_t> fragment_at(const std::vector<Extent>& fragments, std::uint64_t offset) {
    if (fragments.empty() || offset > SIZE_MAX - fragments.front().offset) {
        return std::nullopt;
    }
    const std::size_t wanted = fragments.front().offset + static_cast<std::size_t>(offset);
    const auto at =
        std::lower_bound(fragments.begin(), fragments.end(), wanted,
                         [](const Extent& fragment, std::size_t o) { return fragment.offset < o; });
    if (at == fragments.end() || at->offset != wanted) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(at - fragments.begin());
}

std::optional<FrameTable> by_starts(const std::vector<Extent>& fragments, std::vector<std::size_t> starts) {
    if (starts.empty() || starts.front() != 0 ||
        std::adjacent_find(starts.begin(), starts.end(), std::greater_equal<>()) != starts.end()) {
        return std::nullopt;
    }
    starts.push_back(fragments.size());
    return FrameTable{fragments, std::move(starts)};
}

template <typename Offset>
std::optional<FrameTable> by_offsets(const std::vector<Extent>& fragments,
                                     const std::vector<Offset>& offsets) {
    std::vector<std::size_t> starts;
    starts.reserve(offsets.size() + 1);
    for (const Offset offset : offsets) {
        const auto start = fragment_at(fragments, offset);
        if (!start) {
            return std::nullopt;
        }
        starts.push_back(*start);
    }
    return by_starts(fragments, std::move(starts));
}

// PS3.3 C.7.6.3.1.8: one fragment a frame, whose length without padding stands in the second table.
std::optional<FrameTable> by_extended_table(const PixelDataLocation& location) {
    auto table = by_offsets(location.fragments, location.extended_offsets);
    if (!table || location.extended_lengths.size() != location.extended_offsets.size()) {
        return table;
    }
    for (std::size_t n = 0; n < location.extended_lengths.size(); ++n) {
        const bool alone = table->first[n + 1] - table->first[n] == 1;
        Extent& extent = table->extents[table->first[n]];
        if (alone && location.extended_lengths[n] <= extent.length) {
            extent.length = static_cast<std::size_t>(location.extended_lengths[n]);
        }
    }
    return table;
}

std::optional<FrameTable> by_codestreams(const std::vector<Extent>& fragments, Bytes bytes) {
    std::vector<std::size_t> starts;
    for (std::size_t i = 0; i < fragments.size(); ++i) {
        if (starts_codestream(bytes.subspan(fragments[i].offset, fragments[i].length))) {
            starts.push_back(i);
        }
    }
    return by_starts(fragments, std::move(starts));
}

FrameTable one_each(const std::vector<Extent>& fragments) {
    std::vector<std::size_t> first(fragments.size() + 1);
    for (std::size_t i = 0; i < first.size(); ++i) {
        first[i] = i;
    }
    return FrameTable{fragments, std::move(first)};
}

FrameTable all_in_one(const std::vector<Extent>& fragments) {
    return FrameTable{fragments, {0, fragments.size()}};
}

// A table is believed when it fits the fragments and the number of frames; otherwise the next best evidence
// counts.
Result<FrameTable> frames_of_fragments(const PixelDataLocation& location, Bytes bytes) {
    const auto& fragments = location.fragments;
    if (fragments.empty()) {
        return malformed("the encapsulated pixel data holds no fragments");
    }
    const std::size_t stated = location.shape.frames;
    const auto fits = [&](const std::optional<FrameTable>& table) {
        return table && (stated == 0 || table->first.size() == stated + 1);
    };
    if (is_video(location.transfer_syntax) || (stated == 1 && location.extended_lengths.size() != 1)) {
        return all_in_one(fragments);
    }
    if (auto table = by_extended_table(location); fits(table)) {
        return *std::move(table);
    }
    if (auto table = by_offsets(fragments, location.basic_offsets); fits(table)) {
        return *std::move(table);
    }
    if (stated <= 1) {
        return all_in_one(fragments);
    }
    if (fragments.size() == stated) {
        return one_each(fragments);
    }
    if (auto table = by_codestreams(fragments, bytes); fits(table)) {
        return *std::move(table);
    }
    return malformed("the fragments of the pixel data cannot be told apart into frames");
}

Status check_native(const PixelDataLocation& location, std::uint32_t count) {
    const std::uint64_t bits = native_frame_bits(location.shape);
    if (bits == 0) {
        return count == 1 ? Status() : malformed("the image attributes do not say how long a frame is");
    }
    const std::uint64_t held = std::uint64_t{location.native.length} * 8;
    if (location.native.length > UINT64_MAX / 8 || bits > held / count) {
        return malformed("the pixel data is shorter than its image attributes say");
    }
    return {};
}

// Bytes to turn round in big endian data, else 1. OW counts in words whatever the bits allocated (PS3.5 7.3
// and 8.2).
std::size_t word_size(const PixelDataLocation& location) {
    if (!location.encoding.big_endian &&
        location.transfer_syntax != transfer_syntax::ImplicitVRBigEndianPixels) {
        return 1;
    }
    if (location.vr == "OF" || location.vr == "OL" || location.tag == Tag{0x7FE0, 0x0008}) {
        return 4;
    }
    if (location.vr == "OD" || location.vr == "OV" || location.tag == Tag{0x7FE0, 0x0009}) {
        return 8;
    }
    if (location.vr == "OB" || location.vr == "UN") {
        return 1;
    }
    return std::max<std::size_t>(2, location.shape.bits_allocated / 8);
}

// PS3.18 8.7.3.3: uncompressed bulk data is little endian. A frame may begin and end inside a word.
std::shared_ptr<std::vector<std::byte>> turned_round(Bytes value, Extent part, std::size_t word) {
    auto out = std::make_shared<std::vector<std::byte>>(part.length);
    for (std::size_t i = 0; i < part.length; ++i) {
        const std::size_t at = part.offset + i;
        const std::size_t begin = at - at % word;
        const std::size_t from = begin + word - 1 - at % word;
        (*out)[i] = from < value.size() ? value[from] : std::byte{0};
    }
    return out;
}

// Frames of one bit pixels follow each other without padding (PS3.5 8.1.1); sent alone, each begins at a
// byte.
std::shared_ptr<std::vector<std::byte>> shifted_bits(Bytes value, std::uint64_t first_bit,
                                                     std::uint64_t bits) {
    auto out = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>((bits + 7) / 8));
    const unsigned shift = static_cast<unsigned>(first_bit % 8);
    const auto begin = static_cast<std::size_t>(first_bit / 8);
    for (std::size_t i = 0; i < out->size(); ++i) {
        const auto low = static_cast<unsigned>(value[begin + i]) >> shift;
        const bool more = shift != 0 && begin + i + 1 < value.size();
        const auto high = more ? static_cast<unsigned>(value[begin + i + 1]) << (8U - shift) : 0U;
        (*out)[i] = static_cast<std::byte>((low | high) & 0xFFU);
    }
    if (bits % 8 != 0) {
        out->back() &= static_cast<std::byte>((1U << (bits % 8)) - 1U);
    }
    return out;
}

Frame frame_of(std::shared_ptr<std::vector<std::byte>> made) {
    Frame frame;
    frame.pieces.emplace_back(*made);
    frame.owner = std::move(made);
    return frame;
}

} // namespace

std::size_t Frame::size() const {
    std::size_t total = 0;
    for (const Bytes piece : pieces) {
        total += piece.size();
    }
    return total;
}

FrameLocator::FrameLocator(std::shared_ptr<const Layout> layout, Bytes file)
    : layout_(std::move(layout)),
      bytes_(layout_->location.inflated ? Bytes(*layout_->location.inflated) : file) {}

FrameLocator FrameLocator::over(Bytes file) const {
    return {layout_, file};
}

Result<FrameLocator> FrameLocator::make(PixelDataLocation location, Bytes file) {
    auto layout = std::make_shared<Layout>();
    layout->location = std::move(location);
    const PixelDataLocation& found = layout->location;
    if (!found.encapsulated) {
        layout->count = std::max<std::uint32_t>(1, found.shape.frames);
        if (const Status fits = check_native(found, layout->count); !fits) {
            return fits.failure();
        }
        return FrameLocator(std::move(layout), file);
    }
    auto table = frames_of_fragments(found, found.inflated ? Bytes(*found.inflated) : file);
    if (!table) {
        return table.failure();
    }
    layout->extents = std::move(table->extents);
    layout->first = std::move(table->first);
    layout->count = static_cast<std::uint32_t>(layout->first.size() - 1);
    return FrameLocator(std::move(layout), file);
}

std::size_t FrameLocator::memory() const {
    const PixelDataLocation& found = layout_->location;
    return sizeof(Layout) + (found.fragments.size() + layout_->extents.size()) * sizeof(Extent) +
           layout_->first.size() * sizeof(std::size_t) + found.basic_offsets.size() * sizeof(std::uint32_t) +
           (found.extended_offsets.size() + found.extended_lengths.size()) * sizeof(std::uint64_t) +
           (found.inflated ? found.inflated->size() : 0);
}

Result<Frame> FrameLocator::frame(std::uint32_t number) const {
    if (number == 0 || number > layout_->count) {
        return error(ErrorKind::NotFound, "the object has no frame of this number");
    }
    return layout_->location.encapsulated ? encapsulated_frame(number) : native_frame(number);
}

Frame FrameLocator::native_frame(std::uint32_t number) const {
    const PixelDataLocation& location = layout_->location;
    const Bytes value = bytes_.subspan(location.native.offset, location.native.length);
    const std::uint64_t stated = native_frame_bits(location.shape);
    const std::uint64_t bits = stated == 0 ? std::uint64_t{value.size()} * 8 : stated;
    const std::uint64_t first_bit = bits * (number - 1);
    const Extent part{static_cast<std::size_t>(first_bit / 8), static_cast<std::size_t>((bits + 7) / 8)};
    const std::size_t word = word_size(location);
    if (first_bit % 8 != 0 || bits % 8 != 0) {
        if (word > 1) {
            const auto whole = turned_round(value, Extent{0, value.size()}, word);
            return frame_of(shifted_bits(Bytes(*whole), first_bit, bits));
        }
        return frame_of(shifted_bits(value, first_bit, bits));
    }
    if (word > 1) {
        return frame_of(turned_round(value, part, word));
    }
    return Frame{{value.subspan(part.offset, part.length)}, location.inflated};
}

Frame FrameLocator::encapsulated_frame(std::uint32_t number) const {
    Frame frame{{}, layout_->location.inflated};
    for (std::size_t i = layout_->first[number - 1]; i < layout_->first[number]; ++i) {
        const Extent& extent = layout_->extents[i];
        frame.pieces.push_back(bytes_.subspan(extent.offset, extent.length));
    }
    return frame;
}

} // namespace recog::dicom
