// Any query string as the parameters of a rendering, of a thumbnail and of WADO-URI.
#include "core/dicomweb/uri.hpp"
#include "core/dicomweb/wado_uri.hpp"
#include "tests/fuzz/expect.hpp"

#include <cmath>

using namespace recog;
using namespace recog::dicomweb;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto query = parse_query(std::string_view(reinterpret_cast<const char*>(data), size));
    if (!query) {
        return 0;
    }
    const auto parsed = parse_rendering(*query);
    if (parsed && parsed->viewport) {
        fuzz::expect(parsed->viewport->width >= 1 && parsed->viewport->width <= kMaxViewportSide,
                     "a viewport has a width in its range");
        fuzz::expect(std::isfinite(parsed->viewport->x) && parsed->viewport->x >= 0,
                     "a region begins somewhere");
    }
    if (parsed && parsed->window) {
        fuzz::expect(parsed->window->width > 0, "a window has a width");
    }
    fuzz::expect(!parsed || !parsed->quality || (*parsed->quality >= 1 && *parsed->quality <= 100),
                 "a quality is in its range");
    (void)parse_thumbnail(*query);
    Request request;
    request.query = *query;
    const auto wado = parse_wado_uri(request);
    fuzz::expect(!wado || (is_lookup_uid(wado->study) && is_lookup_uid(wado->instance)), "UIDs are UIDs");
    return 0;
}
