// PDUs of a requestor, well and badly made.
#pragma once

#include "plugin/dimse/command_set.hpp"
#include "plugin/dimse/pdu.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace recog::port::test {

using Wire = std::vector<std::byte>;

inline constexpr const char* VERIFICATION = "1.2.840.10008.1.1";
inline constexpr const char* FIND_STUDY_ROOT = "1.2.840.10008.5.1.4.1.2.2.1";
inline constexpr const char* MOVE_STUDY_ROOT = "1.2.840.10008.5.1.4.1.2.2.2";
inline constexpr const char* GET_STUDY_ROOT = "1.2.840.10008.5.1.4.1.2.2.3";
inline constexpr const char* CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2";
inline constexpr const char* IMPLICIT = "1.2.840.10008.1.2";
inline constexpr const char* EXPLICIT = "1.2.840.10008.1.2.1";
inline constexpr const char* EXPLICIT_BIG = "1.2.840.10008.1.2.2";
inline constexpr const char* JPEG = "1.2.840.10008.1.2.4.70";

template <typename Range> void append(Wire& wire, const Range& bytes) {
    wire.insert(wire.end(), bytes.begin(), bytes.end());
}

template <typename... Ranges> Wire joined(const Ranges&... ranges) {
    Wire wire;
    (append(wire, ranges), ...);
    return wire;
}

inline Wire bytes_of(std::string_view text) {
    Wire bytes;
    for (const char c : text) {
        bytes.push_back(static_cast<std::byte>(c));
    }
    return bytes;
}

/// `length` in the header may lie.
inline Wire pdu(unsigned type, const Wire& body, std::size_t length) {
    Wire wire{static_cast<std::byte>(type), std::byte{0}};
    for (int shift = 24; shift >= 0; shift -= 8) {
        wire.push_back(static_cast<std::byte>((length >> shift) & 0xFFU));
    }
    append(wire, body);
    return wire;
}
inline Wire pdu(unsigned type, const Wire& body) {
    return pdu(type, body, body.size());
}

/// A presentation data value; `length` may lie, too.
inline Wire pdv(unsigned context, unsigned control, const Wire& fragment, std::size_t length) {
    Wire wire;
    for (int shift = 24; shift >= 0; shift -= 8) {
        wire.push_back(static_cast<std::byte>((length >> shift) & 0xFFU));
    }
    wire.push_back(static_cast<std::byte>(context));
    wire.push_back(static_cast<std::byte>(control));
    append(wire, fragment);
    return wire;
}
inline Wire pdv(unsigned context, unsigned control, const Wire& fragment) {
    return pdv(context, control, fragment, fragment.size() + 2);
}
inline constexpr unsigned DATA = 0;
inline constexpr unsigned COMMAND = 1;
inline constexpr unsigned LAST = 2;

inline dimse::CommandSet command(dimse::Command field, std::uint16_t message_id, const std::string& sop_class,
                                 bool has_data_set = false) {
    dimse::CommandSet set;
    set.command = field;
    set.message_id = message_id;
    set.sop_class_uid = sop_class;
    set.has_data_set = has_data_set;
    return set;
}

/// One P-DATA PDU for the command, and one for each 64 KiB of the data set.
inline Wire message(unsigned context, dimse::CommandSet set, std::string_view data_set = {}) {
    set.has_data_set = !data_set.empty();
    Wire wire = pdu(4, pdv(context, COMMAND | LAST, dimse::encode_command_set(set)));
    while (!data_set.empty()) {
        const std::string_view part = data_set.substr(0, 65'536);
        data_set.remove_prefix(part.size());
        append(wire, pdu(4, pdv(context, data_set.empty() ? LAST : DATA, bytes_of(part))));
    }
    return wire;
}

inline Wire echo(unsigned context, std::uint16_t message_id) {
    return message(context, command(dimse::Command::EchoRequest, message_id, VERIFICATION));
}
inline Wire find_request(unsigned context, std::uint16_t message_id, std::string_view identifier = "AB") {
    return message(context, command(dimse::Command::FindRequest, message_id, FIND_STUDY_ROOT), identifier);
}
inline Wire store_request(unsigned context, std::uint16_t message_id, std::string_view data_set) {
    auto set = command(dimse::Command::StoreRequest, message_id, CT_IMAGE);
    set.sop_instance_uid = "1.2.3";
    return message(context, set, data_set);
}
inline Wire cancel_request(unsigned context, std::uint16_t message_id) {
    dimse::CommandSet set;
    set.command = dimse::Command::CancelRequest;
    set.message_id_responded_to = message_id;
    return message(context, set);
}
inline Wire release() {
    return joined(dimse::encode_short_pdu(dimse::PduType::ReleaseRequest));
}
inline Wire abort_pdu() {
    return joined(dimse::encode_short_pdu(dimse::PduType::Abort));
}

/// 1 Verification, 3 C-FIND, 5 C-MOVE, 7 C-GET, 9 CT images with both roles.
inline dimse::AssociationRequest everything(const std::string& called = "NODE",
                                            const std::string& calling = "WORKSTATION") {
    dimse::AssociationRequest request{called, calling, {}};
    request.contexts = {{1, VERIFICATION, {IMPLICIT}},
                        {3, FIND_STUDY_ROOT, {EXPLICIT}},
                        {5, MOVE_STUDY_ROOT, {EXPLICIT}},
                        {7, GET_STUDY_ROOT, {EXPLICIT}},
                        {9, CT_IMAGE, {EXPLICIT}}};
    request.roles = {{CT_IMAGE, true, true}};
    return request;
}

} // namespace recog::port::test
