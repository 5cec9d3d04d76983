// A stored image whose frames are shown: from Part 10 bytes to pictures.
//
//   frame -> decoded (core/codec) -> modality, values of interest, presentation | palette | RGB -> region,
//   scale
//
// Overlays (60xx) and bits of a pixel beside its stored ones are not shown: PS3.4 N.2 applies overlays only
// where a presentation state says so.
#pragma once

#include "core/dicom/pixel_data.hpp"
#include "core/render/gray_table.hpp"
#include "core/render/image_header.hpp"
#include "core/render/picture.hpp"
#include "core/render/viewport.hpp"

namespace recog::render {

/// Pixels of a frame, and of a picture.
inline constexpr std::uint64_t kMaxPixels = 1ULL << 28U;

struct RenderOptions {
    std::optional<Window> window; ///< goes before the one in the image; not for colours
    std::optional<Viewport> viewport;
};

/// For one thread. `file` must outlive it.
class Image {
public:
    /// Decodes nothing. Errors: Malformed, TooLarge, NotFound (no pixel data), NotAcceptable (not an image,
    /// or compressed in a way that nobody here can read).
    static Result<Image> open(dicom::Bytes file);

    std::uint32_t frame_count() const { return frames_.count(); }
    const ImageAttributes& attributes() const { return header_.attributes(); }
    ImageHeader& header() { return header_; }

    /// `frame` counts from 1. Errors: NotFound (no such frame), Malformed, NotAcceptable, BadRequest
    /// (viewport), TooLarge.
    Result<Picture> render(std::uint32_t frame, const RenderOptions& options);

    /// The window that shows all values of a frame that names none: animations keep it, so that they do not
    /// flicker. nullopt for colours and for frames that say what is of interest.
    std::optional<Window> full_window(std::uint32_t frame);

private:
    Image(ImageHeader header, dicom::FrameLocator frames)
        : header_(std::move(header)), frames_(std::move(frames)) {}

    struct Pixels;
    Result<Pixels> pixels_of(std::uint32_t frame);
    Result<Picture> whole(std::uint32_t frame, const RenderOptions& options);
    Result<Picture> gray(const Pixels& pixels, std::uint32_t frame, const RenderOptions& options);
    Result<Picture> palette(const Pixels& pixels);

    ImageHeader header_;
    dicom::FrameLocator frames_;
};

} // namespace recog::render
