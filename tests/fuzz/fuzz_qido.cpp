// Any text as "path?query": split, decoded, routed and read as a search.
#include "core/dicomweb/qido.hpp"
#include "core/dicomweb/uri.hpp"

#include "core/base/utf8.hpp"

#include <cstdlib>

using namespace recog;
using namespace recog::dicomweb;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view url(reinterpret_cast<const char*>(data), size);
    const std::size_t mark = url.find('?');
    const auto segments = parse_path(url.substr(0, mark));
    const auto fields =
        parse_query(mark == std::string_view::npos ? std::string_view() : url.substr(mark + 1));
    Route route;
    if (segments) {
        const Routing routing = find_route(Method::Get, *segments);
        route = routing.route;
    }
    if (fields) {
        const auto search = parse_search(route, *fields);
        if (search) {
            for (const auto& entry : search->keys.entries()) {
                if (!is_utf8(entry.value)) {
                    std::abort();
                }
            }
        } else if (!is_utf8(search.failure().text)) {
            std::abort();
        }
    }
    const auto decoded = percent_decode(url);
    if (decoded && percent_decode(percent_encode(*decoded)).value() != *decoded) {
        std::abort();
    }
    return 0;
}
