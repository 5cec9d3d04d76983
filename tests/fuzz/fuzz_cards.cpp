// Card domains from arbitrary text; what is accepted must read, resolve and order arbitrary values.
#include "core/identity/domain_resolver.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace recog::identity;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void exercise(const DomainResolver& resolver, std::string_view text) {
    const auto half = text.substr(0, text.size() / 2);
    const auto rest = text.substr(text.size() / 2);
    for (const auto& card : resolver.cards().domains()) {
        const auto reading = resolver.cards().read(card, rest);
        const auto again = resolver.cards().read(card, reading.value);
        require(reading.value.empty() || (again.value == reading.value && again.remark == reading.remark));
    }
    const auto resolution = resolver.resolve({rest, half, half, half, half});
    require(!resolution.identifier || !resolution.identifier->value.empty());
    require(resolution.identifier.has_value() || !to_text(resolution.remark).empty());
    require(resolver.reading_order(rest, "", "H1").size() <= 3);
    require(resolver.reading_order(rest, half, "H1").size() <= 3);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto built_in = CardDomains::built_in();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto parsed = CardDomains::parse(text);
    require(parsed.ok() || !parsed.failure().text.empty());
    const auto resolver = DomainResolver::make(parsed.ok() ? *parsed : built_in, {{"H1", {"HOSP"}, {"CT"}}});
    if (resolver.ok()) {
        exercise(*resolver, text);
    }
    return 0;
}
