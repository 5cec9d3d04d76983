// Where the pixel data of a Part 10 file lies and which bytes of it make a frame: an independent reader that
// decodes nothing and copies nothing, so that a frame can be sent straight from a mapped file.
//
//   encapsulated = Item(basic offset table) Item(fragment)* SequenceDelimitationItem      (PS3.5 A.4)
#pragma once

#include "core/dicom/part10.hpp"
#include "core/dicom/tag.hpp"

#include <vector>

namespace recog::dicom {

/// A run of bytes, counted from the start of the file (of the inflated data set, if it was deflated).
struct Extent {
    std::size_t offset = 0;
    std::size_t length = 0;
    friend bool operator==(const Extent&, const Extent&) = default;
};

/// The attributes of the image that say how long a native frame is and what it holds (PS3.3 C.7.6.3); zero
/// when absent.
struct ImageShape {
    std::uint32_t rows = 0;
    std::uint32_t columns = 0;
    std::uint32_t samples_per_pixel = 1;
    std::uint32_t bits_allocated = 0;
    std::uint32_t bits_stored = 0;
    std::uint32_t pixel_representation = 0;
    std::uint32_t planar_configuration = 0;
    std::uint32_t frames = 0;
    std::string photometric_interpretation;
};

struct PixelDataLocation {
    Tag tag = tags::PixelData; ///< (7FE0,0010), (7FE0,0008) or (7FE0,0009)
    std::string vr;            ///< as stated, or OW in an implicit syntax
    std::string transfer_syntax;
    Encoding encoding;
    ImageShape shape;
    std::size_t element_offset = 0; ///< of the element's tag
    bool encapsulated = false;
    Extent native;                               ///< value field, when not encapsulated
    std::vector<Extent> fragments;               ///< values of the items behind the basic offset table
    std::vector<std::uint32_t> basic_offsets;    ///< of the first item of each frame, PS3.5 A.4
    std::vector<std::uint64_t> extended_offsets; ///< (7FE0,0001)
    std::vector<std::uint64_t> extended_lengths; ///< (7FE0,0002)
    /// Holds the data set when it was deflated; all extents count from its start then.
    std::shared_ptr<const std::vector<std::byte>> inflated;
};

/// Errors: NotFound (no pixel data), Malformed, TooLarge.
Result<PixelDataLocation> locate_pixel_data(Bytes file, const Part10Limits& limits = {});

/// The bytes of one frame. `pieces` point into the file, into the inflated data set or into `owned`.
struct Frame {
    std::vector<Bytes> pieces;
    /// Not null when bytes had to be made: bits moved to a byte border, or big endian turned round. Also
    /// holds the inflated data set. Keep it as long as `pieces`.
    std::shared_ptr<const void> owner;
    std::size_t size() const;
};

/// Frames of one object; built once, then each frame costs the same. Copies share what was found. Immutable:
/// any thread may ask.
class FrameLocator {
public:
    /// Finds the frames' borders. `file` must be the bytes `location` was found in, and must outlive this.
    /// Errors: Malformed when tables, counts and lengths contradict each other.
    static Result<FrameLocator> make(PixelDataLocation location, Bytes file);

    /// The same frames in the same bytes mapped elsewhere: nothing is looked for again.
    FrameLocator over(Bytes file) const;

    /// Number of frames, at least 1. A video is one frame: its stream is not cut.
    std::uint32_t count() const { return layout_->count; }
    /// `number` counts from 1, as in PS3.18. Native frames come in little endian, one bit pixels from the
    /// lowest bit of the first byte on; a compressed frame comes as it lies in its fragments, padding
    /// included unless the extended offset table gives its length. Errors: NotFound.
    Result<Frame> frame(std::uint32_t number) const;

    const PixelDataLocation& location() const { return layout_->location; }
    /// Bytes of memory that the copies share.
    std::size_t memory() const;

private:
    struct Layout {
        PixelDataLocation location;
        std::uint32_t count = 1;
        /// Encapsulated: extents of frame n are extents[first[n] .. first[n + 1]).
        std::vector<Extent> extents;
        std::vector<std::size_t> first;
    };

    FrameLocator(std::shared_ptr<const Layout> layout, Bytes file);
    Frame native_frame(std::uint32_t number) const;
    Frame encapsulated_frame(std::uint32_t number) const;

    std::shared_ptr<const Layout> layout_;
    Bytes bytes_;
};

} // namespace recog::dicom
