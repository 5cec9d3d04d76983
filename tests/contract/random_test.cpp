// Random histories against the plainest model there is: an index that is filled afresh with what remains.
#include "tests/contract/index_under_test.hpp"
#include "tests/contract/instance_builder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

using namespace recog;
using namespace recog::test;

namespace {

class History {
public:
    explicit History(unsigned seed) : random_(seed) {}

    index::IndexEvent next() {
        const auto number = static_cast<std::uint32_t>(below(30));
        if (below(3) == 0) {
            held_.erase(number);
            return index::DeletedInstance{orthanc_id(number)};
        }
        index::IndexEvent event =
            below(25) == 0 ? index::IndexEvent(index::UnreadableInstance{orthanc_id(number), "broken"})
                           : index::IndexEvent(instance(number));
        held_.insert_or_assign(number, event);
        return event;
    }

    std::vector<index::IndexEvent> held() {
        std::vector<index::IndexEvent> events;
        for (const auto& [number, event] : held_) {
            events.push_back(event);
        }
        std::shuffle(events.begin(), events.end(), random_);
        return events;
    }

    std::size_t below(std::size_t end) {
        return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
    }

private:
    // Few values of each kind, so that everything collides with everything.
    index::StoredInstance instance(std::uint32_t number) {
        const std::string study = "1." + std::to_string(below(6));
        const std::string series = study + "." + std::to_string(below(3));
        InstanceBuilder builder(number, study, series, series + "." + std::to_string(below(10)));
        const std::string patient = "P" + std::to_string(below(4));
        const std::string hospital = "H00" + std::to_string(1 + below(3));
        static constexpr const char* names[] = {"Wang^Wu", "Li^Si", "", "WANG^WU"};
        builder.patient(patient, names[below(4)], below(3) == 0 ? "" : "19800101").at(hospital);
        if (const auto kind = below(8); kind < 5) {
            builder.local(hospital, patient);
        } else if (kind < 7) {
            builder.unassigned(patient);
        }
        if (below(2) == 0) {
            builder.identifier("CITIZEN_CARD", "C" + std::to_string(below(4)));
        }
        if (below(4) == 0) {
            builder.identifier("HEALTH_CARD", "E" + std::to_string(below(3)));
        }
        if (below(5) == 0) {
            builder.identifier("RESIDENT_ID", "R" + std::to_string(below(2)));
        }
        if (below(3) == 0) {
            builder.study_value(tags::StudyDescription, "description " + std::to_string(below(3)));
        }
        builder.date("2024010" + std::to_string(1 + below(3)));
        if (below(3) == 0) {
            builder.series_value(tags::SeriesDescription, "series " + std::to_string(below(3)));
        }
        if (below(5) == 0) {
            builder.report(static_cast<dicom::ReportStatus>(1 + below(3)), "text " + std::to_string(below(3)),
                           "2024020" + std::to_string(1 + below(3)));
        } else if (below(5) == 0) {
            builder.no_image();
        }
        return builder;
    }

    std::mt19937 random_;
    std::map<std::uint32_t, index::IndexEvent> held_;
};

} // namespace

TEST_CASE("after any history the index equals one filled afresh with what remains") {
    for (unsigned seed = 1; seed <= 6; ++seed) {
        History history(seed);
        IndexUnderTest index;
        for (int step = 0; step < 300; ++step) {
            std::vector<index::IndexEvent> batch(1 + history.below(4));
            std::generate(batch.begin(), batch.end(), [&history] { return history.next(); });
            index.apply(batch);
            if (step % 12 == 11) {
                CAPTURE(seed);
                CAPTURE(step);
                REQUIRE(differences(index.dump(), dump_of(history.held())) == "");
            }
        }
        for (std::uint32_t number = 0; number < 30; ++number) {
            index.apply({index::DeletedInstance{orthanc_id(number)}});
        }
        CHECK(differences(index.dump(), dump_of({})) == "");
    }
}
