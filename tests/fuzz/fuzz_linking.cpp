// Records made from bytes: linking must partition them, keep resident IDs apart and not depend on order.
#include "core/identity/linking.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>

using namespace recog::identity;

namespace {

constexpr std::size_t kMaxMarks = 20000;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// Two bytes a mark: what it is, and its number. Small numbers meet often.
std::vector<PatientRecord> records_of(const std::uint8_t* data, std::size_t size) {
    std::vector<PatientRecord> records(1);
    for (std::size_t at = 0; at + 1 < std::min(size, 2 * kMaxMarks); at += 2) {
        const std::int64_t number = data[at + 1];
        auto& record = records.back();
        switch (data[at] % 6) {
        case 0:
            record.strong.push_back(number);
            break;
        case 1:
            record.weak.push_back(number + 1000);
            break;
        case 2:
            record.studies.push_back(number);
            break;
        case 3:
            record.demographics = std::to_string(number % 4);
            break;
        case 4:
            record.strong.push_back(number + 2000);
            record.resident_ids.push_back(std::to_string(number));
            break;
        default:
            records.emplace_back().id = static_cast<std::int64_t>(records.size());
        }
    }
    return records;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto records = records_of(data, size);
    const auto linking = link_records(records);
    std::map<std::int64_t, const PatientRecord*> by_id;
    for (const auto& record : records) {
        by_id[record.id] = &record;
    }
    std::size_t count = 0;
    for (const auto& person : linking.persons) {
        std::set<std::string> resident_ids;
        for (const auto id : person) {
            resident_ids.insert(by_id.at(id)->resident_ids.begin(), by_id.at(id)->resident_ids.end());
        }
        require(resident_ids.size() < 2 || person.size() == 1);
        count += person.size();
    }
    require(count == records.size());
    std::ranges::reverse(records);
    const auto again = link_records(records);
    require(again.persons == linking.persons &&
            again.conflicted_identifiers == linking.conflicted_identifiers);
    return 0;
}
