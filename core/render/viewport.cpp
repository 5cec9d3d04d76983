#include "core/render/viewport.hpp"

#include <algorithm>
#include <cmath>

namespace recog::render {

namespace {

constexpr unsigned kFractionBits = 14;
constexpr std::uint32_t kOne = 1U << kFractionBits;

/// An interval of the source on one axis.
struct Span {
    double begin = 0;
    double end = 0;
    double length() const { return end - begin; }
};

Result<Span> span_of(double begin, std::optional<double> length, std::uint32_t size) {
    const double from = std::max(0.0, begin);
    const double to =
        length ? std::min(begin + *length, static_cast<double>(size)) : static_cast<double>(size);
    if (!(to > from)) {
        return error(ErrorKind::BadRequest, "no part of the region lies in the image");
    }
    return Span{from, to};
}

/// Which source pixels make one target pixel, and how much each counts; the sum of the weights is kOne.
struct Tap {
    std::uint32_t first = 0;
    std::vector<std::uint32_t> weights;
};

Tap normalised(std::uint32_t first, const std::vector<double>& shares) {
    double sum = 0;
    for (const double share : shares) {
        sum += share;
    }
    Tap tap{first, {}};
    std::uint32_t left = kOne;
    for (const double share : shares) {
        const auto weight = std::min(left, static_cast<std::uint32_t>(share / sum * kOne + 0.5));
        tap.weights.push_back(weight);
        left -= weight;
    }
    *std::max_element(tap.weights.begin(), tap.weights.end()) += left;
    return tap;
}

// Areas when the picture becomes smaller: every source pixel counts as much as it is covered.
Tap area_tap(double from, double to, std::uint32_t size) {
    const auto first = std::min(size - 1, static_cast<std::uint32_t>(from));
    const auto last = std::clamp(static_cast<std::uint32_t>(std::ceil(to)), first + 1, size);
    std::vector<double> shares;
    for (std::uint32_t i = first; i < last; ++i) {
        shares.push_back(std::max(1e-9, std::min(to, i + 1.0) - std::max(from, static_cast<double>(i))));
    }
    return normalised(first, shares);
}

// Between the centres of two neighbours when it becomes larger.
Tap linear_tap(double center, const Span& span, std::uint32_t size) {
    const double lowest = std::floor(span.begin);
    const double highest = std::min(static_cast<double>(size) - 1, std::ceil(span.end) - 1);
    const double at = std::clamp(center - 0.5, lowest, highest);
    const auto first = static_cast<std::uint32_t>(at);
    const double share = at - first;
    if (share == 0 || first + 1 >= size) {
        return Tap{first, {kOne}};
    }
    return normalised(first, {1 - share, share});
}

std::vector<Tap> taps_of(const Span& span, std::uint32_t size, std::uint32_t target, bool flip) {
    std::vector<Tap> taps(target);
    const double step = span.length() / target;
    for (std::uint32_t i = 0; i < target; ++i) {
        const double from = span.begin + step * i;
        taps[i] = step > 1 ? area_tap(from, from + step, size) : linear_tap(from + step / 2, span, size);
    }
    if (flip) {
        std::reverse(taps.begin(), taps.end());
    }
    return taps;
}

// Rows first: their pixels lie side by side, so the loop runs over whole rows.
void mix_rows(const Picture& source, const Tap& tap, std::vector<std::uint32_t>& mixed) {
    std::fill(mixed.begin(), mixed.end(), 0U);
    for (std::size_t k = 0; k < tap.weights.size(); ++k) {
        const std::uint8_t* row = source.row(tap.first + static_cast<std::uint32_t>(k));
        const std::uint32_t weight = tap.weights[k];
        for (std::size_t i = 0; i < mixed.size(); ++i) {
            mixed[i] += weight * row[i];
        }
    }
    for (std::uint32_t& value : mixed) {
        value = (value + 32) >> 6U; // 16 bits: the columns' weights still fit into 32
    }
}

void mix_columns(const std::vector<std::uint32_t>& mixed, const std::vector<Tap>& taps,
                 std::uint32_t channels, std::uint8_t* out) {
    constexpr unsigned kShift = 2 * kFractionBits - 6;
    for (const Tap& tap : taps) {
        for (std::uint32_t channel = 0; channel < channels; ++channel) {
            std::uint32_t sum = 1U << (kShift - 1);
            const std::uint32_t* in = mixed.data() + std::size_t{tap.first} * channels + channel;
            for (std::size_t k = 0; k < tap.weights.size(); ++k) {
                sum += tap.weights[k] * in[k * channels];
            }
            *out++ = static_cast<std::uint8_t>(std::min(255U, sum >> kShift));
        }
    }
}

std::uint32_t side(double length) {
    return static_cast<std::uint32_t>(
        std::clamp(std::floor(length + 0.5), 1.0, static_cast<double>(kMaxViewportSide)));
}

struct Size {
    std::uint32_t width;
    std::uint32_t height;
};

Size target_size(const Span& x, const Span& y, const Viewport& viewport, double pixel_height) {
    if (viewport.width == 0 && viewport.height == 0) {
        return Size{static_cast<std::uint32_t>(std::max(1.0, std::floor(x.length() + 0.5))),
                    static_cast<std::uint32_t>(std::max(1.0, std::floor(y.length() + 0.5)))};
    }
    const double width = x.length();
    const double height = y.length() * pixel_height;
    const double by_width = viewport.width / width;
    const double by_height = viewport.height / height;
    const double scale = viewport.width == 0    ? by_height
                         : viewport.height == 0 ? by_width
                                                : std::min(by_width, by_height);
    return Size{side(width * scale), side(height * scale)};
}

bool is_whole(const Picture& source, const Region& region) {
    return region == Region{} ||
           (region.x == 0 && region.y == 0 && region.width == source.width &&
            region.height == source.height && !region.flip_horizontally && !region.flip_vertically);
}

} // namespace

Result<Picture> fit(const Picture& source, const Viewport& viewport, double pixel_height) {
    const Region& region = viewport.region;
    const auto x = span_of(region.x, region.width, source.width);
    const auto y = span_of(region.y, region.height, source.height);
    if (!x || !y) {
        return x ? y.failure() : x.failure();
    }
    const Size size = target_size(*x, *y, viewport, pixel_height);
    if (is_whole(source, region) && size.width == source.width && size.height == source.height) {
        return source;
    }
    const auto columns = taps_of(*x, source.width, size.width, region.flip_horizontally);
    const auto rows = taps_of(*y, source.height, size.height, region.flip_vertically);
    Picture out{size.width, size.height, source.channels, {}};
    out.pixels.resize(out.row_bytes() * out.height);
    std::vector<std::uint32_t> mixed(source.row_bytes());
    for (std::uint32_t line = 0; line < size.height; ++line) {
        mix_rows(source, rows[line], mixed);
        mix_columns(mixed, columns, source.channels, out.row(line));
    }
    return out;
}

} // namespace recog::render
