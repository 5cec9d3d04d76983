// As whom an institution knows a person, looked up with the instances that go there.
#include "core/service/retrieve_service.hpp"
#include "tests/core/service/services.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::test;

namespace {

/// Everything of the person with the card, for H001; by SOP Instance UID. "" is: as it is stored.
std::map<std::string, std::string> numbers(const Services& services, const std::string& asked = "CARD123",
                                           const std::string& receiver = "H001") {
    service::RetrieveQuery query;
    query.level = dicom::Level::Patient;
    query.asker.institution = receiver;
    query.patient_id = asked;
    query.localise_for = receiver;
    std::map<std::string, std::string> found;
    for (const auto& one : expect_ok(services.retrieve.select(query))) {
        found[one.sop_instance_uid] = one.local_patient ? one.local_patient->patient_id : "";
    }
    return found;
}

using Numbers = std::map<std::string, std::string>;

InstanceBuilder with_card(InstanceBuilder builder) {
    return builder.identifier("CITIZEN_CARD", "CARD123");
}

} // namespace

TEST_CASE("foreign instances get the receiver's number, its own stay as they are") {
    Services services;
    services.store(
        {with_card(study(1, "H001", "100")), with_card(study(2, "H002", "200")), study(3, "H002", "100")});
    CHECK(numbers(services) == Numbers{{"4.1.1.1", ""}, {"4.2.1.1", "100"}});
    CHECK(numbers(services, "CARD123", "H002") == Numbers{{"4.1.1.1", "200"}, {"4.2.1.1", ""}});
    service::RetrieveQuery query;
    query.level = dicom::Level::Study;
    query.study_uids = {"4.2"};
    query.localise_for = "H001";
    const auto selected = expect_ok(services.retrieve.select(query));
    REQUIRE(selected.size() == 1);
    REQUIRE(selected[0].local_patient);
    CHECK(*selected[0].local_patient == service::LocalPatient{"100", "H001", "Wang^Wu=王^五"});
    query.localise_for.clear();
    CHECK_FALSE(expect_ok(services.retrieve.select(query))[0].local_patient);
}

TEST_CASE("an institution without a number of its own gets instances as they are stored") {
    Services services;
    services.store({with_card(study(2, "H002", "200"))});
    CHECK(numbers(services) == Numbers{{"4.2.1.1", ""}});
}

TEST_CASE("of several numbers the one of the newest study, or the one that was asked") {
    Services services;
    services.store({with_card(study(1, "H001", "100").date("20240101")),
                    with_card(study(2, "H001", "101").date("20240301")),
                    with_card(study(3, "H001", "102").date("20240201")), with_card(study(4, "H002", "200"))});
    CHECK(numbers(services)["4.4.1.1"] == "101");
    CHECK(numbers(services, "102")["4.4.1.1"] == "102");
}

TEST_CASE("a number that does not name this person alone is not given") {
    Services services;
    SUBCASE("a placeholder") {
        services.store({with_card(study(1, "H001", "0")), with_card(study(2, "H002", "200"))});
    }
    SUBCASE("a number in conflict") {
        // The same number at H001 for two persons whose resident IDs differ.
        services.store({with_card(study(1, "H001", "100").identifier("RESIDENT_ID", "330102198001010013")),
                        study(3, "H001", "100")
                            .patient_value(tags::PatientName, "Li^Si")
                            .identifier("RESIDENT_ID", "330102198505050018"),
                        with_card(study(2, "H002", "200"))});
    }
    SUBCASE("a number that cannot be written") {
        services.store({with_card(study(1, "H001", "1\\2")), with_card(study(2, "H002", "200"))});
    }
    CHECK(numbers(services)["4.2.1.1"].empty());
}

TEST_CASE("a name that could not be read is not spread") {
    Services services;
    services.store({with_card(study(1, "H001", "100").patient_value(tags::PatientName, "W\xEF\xBF\xBD")),
                    with_card(study(2, "H002", "200"))});
    service::RetrieveQuery query;
    query.level = dicom::Level::Study;
    query.study_uids = {"4.2"};
    query.localise_for = "H001";
    const auto selected = expect_ok(services.retrieve.select(query));
    REQUIRE(selected[0].local_patient);
    CHECK(selected[0].local_patient->name.empty());
}
