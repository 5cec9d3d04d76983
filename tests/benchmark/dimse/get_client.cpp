// get_client HOST PORT CALLING_AET CALLED_AET STUDY_INSTANCE_UID SOP_CLASS_UID: one C-GET of a study,
// association open before. What comes is read, dropped and answered 0000, so that the time is the server's.
// Prints the seconds from the request to the final response, and what that says:
//   seconds 0.123456 status 0000 completed 300
#include "core/dicom/element_writer.hpp"
#include "tests/benchmark/dimse/client_association.hpp"

#include <cstdio>

using namespace recog;
using namespace recog::bench;

namespace {

dimse::CommandSet stored(const dimse::CommandSet& request) {
    dimse::CommandSet response;
    response.command = dimse::Command::StoreResponse;
    response.message_id_responded_to = request.message_id;
    response.sop_class_uid = request.sop_class_uid;
    response.sop_instance_uid = request.sop_instance_uid;
    return response;
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() != 6) {
        give_up("get_client HOST PORT CALLING_AET CALLED_AET STUDY_INSTANCE_UID SOP_CLASS_UID");
    }
    const std::string root = "1.2.840.10008.5.1.4.1.2.2.3";
    ClientAssociation association({words[0], port_number(words[1]), words[2], words[3]}, root, words[5]);
    dicom::ElementWriter identifier(dicom::encoding_of("1.2.840.10008.1.2.1"));
    identifier.text({0x0008, 0x0052}, "CS", "STUDY");
    identifier.text({0x0020, 0x000D}, "UI", words[4]);
    dimse::CommandSet request;
    request.command = dimse::Command::GetRequest;
    request.message_id = 1;
    request.sop_class_uid = root;
    const double requested = monotonic_seconds();
    association.send(request, std::as_bytes(std::span(identifier.bytes())));
    dimse::CommandSet response = association.receive();
    while (response.command == dimse::Command::StoreRequest || response.status == 0xFF00) {
        if (response.command == dimse::Command::StoreRequest) {
            association.send(stored(response), {}, ClientAssociation::kInstances);
        }
        response = association.receive();
    }
    std::printf("seconds %.6f status %04x completed %u\n", monotonic_seconds() - requested, response.status,
                unsigned{response.completed.value_or(0)});
    association.release();
    return response.status == 0 ? 0 : 1;
}
