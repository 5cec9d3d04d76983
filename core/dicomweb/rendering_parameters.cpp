#include "core/dicomweb/rendering_parameters.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace recog::dicomweb {

namespace {

constexpr std::size_t kMaxParts = 6;

Error bad(std::string_view parameter, const char* why) {
    return error(ErrorKind::BadRequest, "the parameter '" + std::string(parameter) + "' " + why);
}

bool same_name(std::string_view left, std::string_view right) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [&](char a, char b) { return lower(a) == lower(b); });
}

std::vector<std::string_view> parts_of(std::string_view list) {
    std::vector<std::string_view> parts;
    for (bool more = true; more && parts.size() <= kMaxParts;) {
        const std::size_t comma = list.find(',');
        parts.push_back(list.substr(0, comma));
        more = comma != std::string_view::npos;
        list.remove_prefix(more ? comma + 1 : list.size());
    }
    return parts;
}

Result<WindowParameter> parse_window(std::string_view text) {
    const auto parts = parts_of(text);
    if (parts.size() != 3) {
        return bad("window", "takes a center, a width and a function");
    }
    const auto center = parse_decimal(parts[0]);
    const auto width = parse_decimal(parts[1]);
    if (!center || !width) {
        return bad("window", "has a center or a width that is no number");
    }
    WindowParameter window{*center, *width, WindowParameter::Function::Linear};
    if (parts[2] == "linear-exact") {
        window.function = WindowParameter::Function::LinearExact;
    } else if (parts[2] == "sigmoid") {
        window.function = WindowParameter::Function::Sigmoid;
    } else if (parts[2] != "linear") {
        return bad("window", "has a function other than linear, linear-exact and sigmoid");
    }
    // PS3.3 C.11.2.1.2 and C.11.2.1.3
    const bool is_linear = window.function == WindowParameter::Function::Linear;
    if (is_linear ? window.width < 1 : window.width <= 0) {
        return bad("window", "has a width that its function does not allow");
    }
    return window;
}

// "decimal numbers whose absolute values specify": only the signs of sw and sh mean something.
Status take_region(const std::vector<std::string_view>& parts, ViewportParameter& viewport) {
    std::optional<double> numbers[4];
    for (std::size_t i = 0; i + 2 < parts.size(); ++i) {
        if (parts[i + 2].empty()) {
            continue;
        }
        const auto number = parse_decimal(parts[i + 2]);
        if (!number) {
            return bad("viewport", "has a region that is not made of numbers");
        }
        numbers[i] = *number;
    }
    viewport.x = std::abs(numbers[0].value_or(0));
    viewport.y = std::abs(numbers[1].value_or(0));
    for (const auto& length : {numbers[2], numbers[3]}) {
        if (length && *length == 0) {
            return bad("viewport", "has an empty region");
        }
    }
    viewport.flip_horizontally = numbers[2].value_or(1) < 0;
    viewport.flip_vertically = numbers[3].value_or(1) < 0;
    viewport.source_width = numbers[2] ? std::optional(std::abs(*numbers[2])) : std::nullopt;
    viewport.source_height = numbers[3] ? std::optional(std::abs(*numbers[3])) : std::nullopt;
    return {};
}

Result<ViewportParameter> parse_viewport(std::string_view text, bool with_region) {
    const auto parts = parts_of(text);
    if (parts.size() < 2 || parts.size() > (with_region ? kMaxParts : 2)) {
        return bad("viewport", with_region ? "takes a width, a height and up to four numbers of a region"
                                           : "takes a width and a height");
    }
    const auto width = parse_positive(parts[0], kMaxViewportSide);
    const auto height = parse_positive(parts[1], kMaxViewportSide);
    if (!width || !height) {
        return bad("viewport", "has sides that are not whole numbers from 1 to 8192");
    }
    ViewportParameter viewport;
    viewport.width = *width;
    viewport.height = *height;
    const Status taken = take_region(parts, viewport);
    return taken ? Result<ViewportParameter>(viewport) : taken.failure();
}

Result<IccProfileParameter> parse_icc_profile(std::string_view text) {
    struct Name {
        std::string_view name;
        IccProfileParameter value;
    };
    static constexpr Name kNames[] = {{"no", IccProfileParameter::No},
                                      {"yes", IccProfileParameter::Yes},
                                      {"srgb", IccProfileParameter::Srgb},
                                      {"adobergb", IccProfileParameter::AdobeRgb},
                                      {"rommrgb", IccProfileParameter::RommRgb}};
    for (const Name& name : kNames) {
        if (name.name == text) {
            return name.value;
        }
    }
    return bad("iccprofile", "is not one of no, yes, srgb, adobergb and rommrgb");
}

template <typename Value, typename Into> Status take(Result<Value> value, Into& into) {
    if (!value) {
        return value.failure();
    }
    into = *std::move(value);
    return {};
}

Status take_rendering(const Field& field, RenderingParameters& found) {
    if (same_name(field.name, "window")) {
        return take(parse_window(field.value), found.window);
    }
    if (same_name(field.name, "viewport")) {
        return take(parse_viewport(field.value, true), found.viewport);
    }
    if (same_name(field.name, "quality")) {
        const auto quality = parse_positive(field.value, 100);
        found.quality = quality ? static_cast<int>(*quality) : 0;
        return quality ? Status() : bad("quality", "is not a whole number from 1 to 100");
    }
    if (same_name(field.name, "iccprofile")) {
        return take(parse_icc_profile(field.value), found.icc_profile);
    }
    if (same_name(field.name, "annotation")) {
        return take_annotation(field.value, found.warnings);
    }
    found.warnings.emplace_back("A parameter that this resource does not know was ignored");
    return {};
}

template <typename Take> Result<RenderingParameters> parse(std::span<const Field> query, Take take_field) {
    RenderingParameters found;
    for (std::size_t i = 0; i < query.size(); ++i) {
        const Field& field = query[i];
        if (same_name(field.name, "accept") || same_name(field.name, "charset")) {
            continue;
        }
        for (std::size_t before = 0; before < i; ++before) {
            if (same_name(query[before].name, field.name)) {
                return error(ErrorKind::BadRequest, "a parameter is given twice");
            }
        }
        if (const Status taken = take_field(field, found); !taken) {
            return taken.failure();
        }
    }
    return found;
}

} // namespace

Result<double> parse_decimal(std::string_view text) {
    text.remove_prefix(text.starts_with('+') ? 1 : 0);
    double value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || !std::isfinite(value)) {
        return error(ErrorKind::BadRequest, "a parameter is not a decimal number");
    }
    return value;
}

Result<std::uint32_t> parse_positive(std::string_view text, std::uint32_t most) {
    std::uint32_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || value == 0 || value > most) {
        return error(ErrorKind::BadRequest, "a parameter is not a whole number in its range");
    }
    return value;
}

Status take_annotation(std::string_view list, std::vector<std::string>& warnings) {
    const auto parts = parts_of(list);
    std::string asked;
    for (const std::string_view part : parts) {
        if (part != "patient" && part != "technique") {
            return bad("annotation", "has values other than patient and technique");
        }
        asked.append(asked.empty() ? "" : ", ").append(part);
    }
    warnings.push_back("The following annotation values are not supported: " + asked);
    return {};
}

Result<RenderingParameters> parse_rendering(std::span<const Field> query) {
    return parse(query, &take_rendering);
}

Result<RenderingParameters> parse_thumbnail(std::span<const Field> query) {
    return parse(query, [](const Field& field, RenderingParameters& found) -> Status {
        if (same_name(field.name, "viewport")) {
            return take(parse_viewport(field.value, false), found.viewport);
        }
        found.warnings.emplace_back("A parameter that this resource does not know was ignored");
        return {};
    });
}

} // namespace recog::dicomweb
