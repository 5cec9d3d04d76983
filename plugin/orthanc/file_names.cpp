#include "plugin/orthanc/file_names.hpp"

#include <algorithm>

namespace recog::orthanc {

namespace {

int digit_value(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// Hexadecimal digits, dashes only before the byte numbers in `dashes`.
template <std::size_t Size, std::size_t Dashes>
std::optional<std::array<std::uint8_t, Size>> read_hex(std::string_view text,
                                                       const std::array<std::size_t, Dashes>& dashes) {
    std::array<std::uint8_t, Size> bytes{};
    if (text.size() != 2 * Size + Dashes) {
        return std::nullopt;
    }
    std::size_t at = 0;
    for (std::size_t i = 0; i < Size; ++i) {
        if (std::find(dashes.begin(), dashes.end(), i) != dashes.end() && text[at++] != '-') {
            return std::nullopt;
        }
        const int high = digit_value(text[at]);
        const int low = digit_value(text[at + 1]);
        at += 2;
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        bytes[i] = static_cast<std::uint8_t>(16 * high + low);
    }
    return bytes;
}

constexpr std::array<std::size_t, 4> ID_DASHES{4, 8, 12, 16};
constexpr std::array<std::size_t, 4> UUID_DASHES{4, 6, 8, 10};

std::string write_uuid(const std::array<std::uint8_t, 16>& uuid) {
    static constexpr std::string_view DIGITS = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < uuid.size(); ++i) {
        if (std::find(UUID_DASHES.begin(), UUID_DASHES.end(), i) != UUID_DASHES.end()) {
            text += '-';
        }
        text += DIGITS[uuid[i] / 16U];
        text += DIGITS[uuid[i] % 16U];
    }
    return text;
}

} // namespace

FileNames::FileNames(std::size_t capacity)
    : buckets_(std::max<std::size_t>(1, capacity / std::tuple_size_v<decltype(Bucket::places)>)) {}

FileNames::~FileNames() = default;

std::optional<FileNames::Id> FileNames::read_id(std::string_view text) {
    return read_hex<20>(text, ID_DASHES);
}

FileNames::Place* FileNames::place_of(const Id& id) {
    std::size_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        number = (number << 8U) | id[i];
    }
    auto& bucket = buckets_[number % buckets_.size()];
    if (!bucket) {
        bucket = std::make_unique<Bucket>();
    }
    auto& places = bucket->places;
    const auto found = std::find_if(places.begin(), places.end(),
                                    [&id](const Place& place) { return place.used != 0 && place.id == id; });
    if (found != places.end()) {
        return &*found;
    }
    return &*std::min_element(places.begin(), places.end(),
                              [](const Place& a, const Place& b) { return a.used < b.used; });
}

std::optional<std::string> FileNames::find(std::string_view orthanc_id) {
    const auto id = read_id(orthanc_id);
    if (!id) {
        return std::nullopt;
    }
    const std::lock_guard lock(mutex_);
    Place& place = *place_of(*id);
    if (place.used == 0 || place.id != *id) {
        return std::nullopt;
    }
    place.used = std::max<std::uint32_t>(1, ++clock_);
    return write_uuid(place.uuid);
}

void FileNames::remember(std::string_view orthanc_id, std::string_view uuid) {
    const auto id = read_id(orthanc_id);
    const auto name = read_hex<16>(uuid, UUID_DASHES);
    if (!id || !name) {
        return;
    }
    const std::lock_guard lock(mutex_);
    *place_of(*id) = {*id, *name, std::max<std::uint32_t>(1, ++clock_)};
}

void FileNames::forget(std::string_view orthanc_id) {
    const auto id = read_id(orthanc_id);
    if (!id) {
        return;
    }
    const std::lock_guard lock(mutex_);
    Place& place = *place_of(*id);
    if (place.id == *id) {
        place.used = 0;
    }
}

} // namespace recog::orthanc
