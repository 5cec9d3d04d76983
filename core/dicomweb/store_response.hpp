// The answer of the Store transaction: the Store Instances Response Module (PS3.18 10.5.3, annex I.2).
//
//   reason  when
//   A700    the archive, or the disk, is full or cannot store now
//   A701    the part is longer than an instance may be here
//   A900    the data set lacks a UID, or one of them is none
//   A901    the data set belongs to another study than the one in the URL
//   C000    it cannot be understood
//   C001    its sequences nest too deep
//   C002    bulk data that the metadata names did not come with it, or not as many frames as it says
//   C122    the media type or transfer syntax of the pixel data is not known here
//   0110    a failure inside this server
//   0111    the archive holds this SOP Instance UID with other content (PS3.7 C.5.7), and keeps that
//   B006    (warning) it is held in another transfer syntax, and the pixels that were sent are discarded
//   B007    (warning) the file says another SOP class in its meta information than in its data set
#pragma once

#include "core/dicomweb/request.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace recog::dicomweb {

namespace store_reason {
inline constexpr std::uint16_t OutOfResources = 0xA700;
inline constexpr std::uint16_t TooLarge = 0xA701;
inline constexpr std::uint16_t BadUids = 0xA900;
inline constexpr std::uint16_t OtherStudy = 0xA901;
inline constexpr std::uint16_t CannotUnderstand = 0xC000;
inline constexpr std::uint16_t TooDeep = 0xC001;
inline constexpr std::uint16_t MissingBulkData = 0xC002;
inline constexpr std::uint16_t UnknownTransferSyntax = 0xC122;
inline constexpr std::uint16_t ProcessingFailure = 0x0110;
inline constexpr std::uint16_t DuplicateInstance = 0x0111;
inline constexpr std::uint16_t ElementsDiscarded = 0xB006;
inline constexpr std::uint16_t SopClassDiffers = 0xB007;
} // namespace store_reason

/// What became of one instance.
struct StoreOutcome {
    std::string sop_class; ///< UIDs are empty when they are not known
    std::string sop_instance;
    std::string study;
    std::string series;
    std::uint16_t failure = 0; ///< Failure Reason (0008,1197); 0: stored
    std::uint16_t warning = 0; ///< Warning Reason (0008,1196); 0: none
    bool bad_syntax = false;   ///< the request is broken where this should stand
};

/// 200 all stored; 202 some failed, or with warnings; of none stored: 400 when the request is broken, 503
/// when the archive cannot store now, else 409 (PS3.18 table 10.5.3-1).
int store_status(const std::vector<StoreOutcome>& outcomes);

/// `media_type`: application/dicom+json, application/json or application/dicom+xml. `root_url` without a
/// slash at its end.
Response store_response(const std::vector<StoreOutcome>& outcomes, const std::string& root_url,
                        const std::string& media_type);

} // namespace recog::dicomweb
