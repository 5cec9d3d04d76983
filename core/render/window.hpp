// Values of interest (PS3.3 C.11.2.1.2 and C.11.2.1.3).
#pragma once

#include <optional>
#include <string_view>

namespace recog::render {

enum class WindowFunction { Linear, LinearExact, Sigmoid };

/// In the units that the modality transformation gives.
struct Window {
    double center = 0;
    double width = 1;
    WindowFunction function = WindowFunction::Linear;

    /// C.11.2.1.2: LINEAR needs a width of at least 1, the others one above 0; both numbers are finite.
    bool is_valid() const;
    friend bool operator==(const Window&, const Window&) = default;
};

/// "LINEAR", "LINEAR_EXACT" and "SIGMOID" as in VOI LUT Function (0028,1056). Unknown ones are nullopt.
std::optional<WindowFunction> window_function(std::string_view defined_term);

} // namespace recog::render
