// Any text as "path?query": split, decoded, routed and read as a search.
#include "core/dicom/dictionary.hpp"
#include "core/dicomweb/basic_credentials.hpp"
#include "core/dicomweb/qido.hpp"
#include "core/dicomweb/uri.hpp"

#include "core/base/base64.hpp"
#include "core/base/utf8.hpp"

#include <cstdlib>

using namespace recog;
using namespace recog::dicomweb;

namespace {

// A path into a sequence is one item, and only what the parser made itself reads as items.
void check_key(const dicom::AttributeSet::Entry& key) {
    if (dicom::vr_of(key.tag) != "SQ") {
        if (!is_utf8(key.value)) {
            std::abort();
        }
        return;
    }
    const auto items = dicom::decode_items(key.value);
    if (!key.value.empty() && (!items || items->size() != 1 || items->front().empty())) {
        std::abort();
    }
}

// What user and password a header states.
void try_credentials(std::string_view text) {
    const auto credentials = basic_credentials("Basic " + std::string(text));
    if (credentials && credentials->user.find(':') != std::string::npos) {
        std::abort();
    }
    // Canonical: what is read has no second text.
    const auto decoded = decode_base64(text);
    if (decoded && encode_base64(std::as_bytes(std::span(*decoded))) != text) {
        std::abort();
    }
}

} // namespace

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
                check_key(entry);
            }
            for (const std::string& warning : search->warnings) {
                if (!is_utf8(warning)) {
                    std::abort();
                }
            }
        } else if (!is_utf8(search.failure().text)) {
            std::abort();
        }
    }
    try_credentials(url);
    const auto decoded = percent_decode(url);
    if (decoded && percent_decode(percent_encode(*decoded)).value() != *decoded) {
        std::abort();
    }
    return 0;
}
