// image/gif: one picture, or several one after the other (PS3.18 8.7.4, GIF89a).
#pragma once

#include "core/base/result.hpp"
#include "core/render/picture.hpp"

#include <memory>
#include <string>

namespace recog::render {

inline constexpr std::size_t kMaxAnimationFrames = 10'000;
inline constexpr std::size_t kMaxAnimationBytes = 1U << 29U;

/// Pictures are added as they are made, so that one at a time lies in memory. Gray is kept exactly; colours
/// are kept when a picture has at most 256 of them, and otherwise are dithered to 252. For one thread.
class GifFile {
public:
    /// All pictures are of this size. Errors: TooLarge, Internal.
    static Result<GifFile> begin(std::uint32_t width, std::uint32_t height, bool animated);
    GifFile(GifFile&&) noexcept;
    GifFile& operator=(GifFile&&) noexcept;
    ~GifFile();

    /// Shown for `milliseconds`. Errors: TooLarge, Internal (another size).
    Status add(const Picture& picture, double milliseconds);
    /// The whole file. To be called once, last.
    Result<std::string> finish() &&;

private:
    struct State;
    explicit GifFile(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

Result<std::string> encode_gif(const Picture& picture);

} // namespace recog::render
