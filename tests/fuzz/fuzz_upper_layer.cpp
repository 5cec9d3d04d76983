// Whatever a receiver may send to us: PDU bodies, command sets; and the file meta information that we skip.
// The first byte chooses the parser.
#include "plugin/dimse/command_set.hpp"
#include "plugin/dimse/part10.hpp"
#include "plugin/dimse/pdu.hpp"
#include "plugin/dimse/prepared_instance.hpp"

#include <cstdlib>

using namespace recog;
using namespace recog::dimse;

namespace {

// A view that a parser gives out stays inside what it was given.
void require_inside(Bytes part, Bytes whole) {
    if (!part.empty() &&
        (part.data() < whole.data() || part.data() + part.size() > whole.data() + whole.size())) {
        std::abort();
    }
}

void negotiate(Bytes body) {
    const auto acceptance = parse_associate_accept(body);
    if (acceptance) {
        const std::vector<ProposedContext> proposed{{1, "1.2", {"1.2.840.10008.1.2"}},
                                                    {3, "1.3", {"1.4", "1.5"}}};
        const AcceptedContexts accepted(proposed, acceptance->contexts);
        (void)accepted.uncompressed("1.2");
    }
}

void split(Bytes body) {
    if (const auto fragments = parse_data(body)) {
        for (const Fragment& fragment : *fragments) {
            require_inside(fragment.bytes, body);
            (void)parse_command_set(fragment.bytes);
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const Bytes bytes(reinterpret_cast<const std::byte*>(data + 1), size - 1);
    switch (data[0] % 5) {
    case 0:
        negotiate(bytes);
        break;
    case 1:
        split(bytes);
        break;
    case 2:
        (void)parse_command_set(bytes);
        break;
    case 3:
        if (const auto view = parse_part10(bytes)) {
            require_inside(view->data_set, bytes);
        }
        break;
    default:
        if (bytes.size() >= PDU_HEADER) {
            (void)parse_pdu_header(bytes.first<PDU_HEADER>());
        }
        (void)describe_rejection(bytes);
        (void)describe_abort(bytes);
    }
    return 0;
}
