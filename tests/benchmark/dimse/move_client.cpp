// move_client HOST PORT CALLING_AET CALLED_AET DESTINATION STUDY_INSTANCE_UID: one C-MOVE of a study,
// association open before. Prints the moment of the request and of the final response (CLOCK_MONOTONIC, as
// store_sink's), and what the response says:
//   requested 1234.500001 answered 1234.612345 status 0000 completed 300
#include "core/dicom/element_writer.hpp"
#include "tests/benchmark/dimse/client_association.hpp"

#include <cstdio>

using namespace recog;
using namespace recog::bench;

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() != 6) {
        give_up("move_client HOST PORT CALLING_AET CALLED_AET DESTINATION STUDY_INSTANCE_UID");
    }
    const std::string root = "1.2.840.10008.5.1.4.1.2.2.2";
    ClientAssociation association({words[0], port_number(words[1]), words[2], words[3]}, root);
    dicom::ElementWriter identifier(dicom::encoding_of("1.2.840.10008.1.2.1"));
    identifier.text({0x0008, 0x0052}, "CS", "STUDY");
    identifier.text({0x0020, 0x000D}, "UI", words[5]);
    dimse::CommandSet request;
    request.command = dimse::Command::MoveRequest;
    request.message_id = 1;
    request.sop_class_uid = root;
    request.move_destination = words[4];
    const double requested = monotonic_seconds();
    association.send(request, std::as_bytes(std::span(identifier.bytes())));
    dimse::CommandSet response;
    do {
        response = association.receive();
    } while (response.status == 0xFF00);
    std::printf("requested %.6f answered %.6f status %04x completed %u\n", requested, monotonic_seconds(),
                response.status, unsigned{response.completed.value_or(0)});
    association.release();
    return response.status == 0 ? 0 : 1;
}
