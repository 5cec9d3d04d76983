#include "core/service/file_naming.hpp"
#include "tests/core/service/fake_archive.hpp"
#include "tests/core/service/services.hpp"

#include <doctest/doctest.h>

using namespace recog;
using namespace recog::test;

namespace {

Uuid uuid(std::uint8_t number) {
    Uuid made;
    made.bytes.fill(number);
    return made;
}

/// An archive and an index of the same instances, numbered from 1.
class Naming {
public:
    explicit Naming(std::uint32_t count) {
        for (std::uint32_t number = 1; number <= count; ++number) {
            services.store({index::StoredInstance(study(number, "H001", "A"))});
            archive.store(orthanc_id(number), "", "");
            archive.keep_in(orthanc_id(number), uuid(static_cast<std::uint8_t>(number)));
        }
        naming.expect(count);
    }
    std::size_t run() {
        std::size_t steps = 0;
        for (; naming.has_work(); ++steps) {
            expect_ok(naming.step());
        }
        return steps;
    }
    std::vector<std::uint32_t> without_place(std::uint32_t count) {
        std::vector<std::uint32_t> found;
        for (std::uint32_t number = 1; number <= count; ++number) {
            service::RetrieveQuery query;
            query.study_uids = {"4." + std::to_string(number)};
            const auto instances = expect_ok(services.retrieve.select(query));
            for (const auto& one : instances) {
                if (one.file != uuid(static_cast<std::uint8_t>(number))) {
                    found.push_back(number);
                }
            }
        }
        return found;
    }

    Services services;
    FakeArchive archive;
    service::FileNaming naming{*services.writer, archive};
};

} // namespace

TEST_CASE("each file is asked for once, and retrievals are told where it is") {
    Naming naming(70);
    CHECK(naming.naming.is_due());
    naming.run();
    CHECK(naming.archive.located() == 70);
    CHECK(naming.without_place(70).empty());
    CHECK_FALSE(naming.naming.has_work());
    naming.naming.look_at_all();
    naming.run();
    CHECK(naming.archive.located() == 70);
}

TEST_CASE("few files wait for a pause") {
    Naming naming(3);
    CHECK(naming.naming.has_work());
    CHECK_FALSE(naming.naming.is_due());
    naming.run();
    CHECK(naming.without_place(3).empty());
}

TEST_CASE("what is deleted meanwhile is passed over, what is elsewhere is not asked for again and again") {
    Naming naming(4);
    naming.archive.remove(orthanc_id(2));
    naming.archive.keep_in(orthanc_id(3), Uuid());
    naming.run();
    CHECK(naming.without_place(4) == std::vector<std::uint32_t>{2, 3});
    const std::size_t asked = naming.archive.located();
    naming.naming.look_at_all();
    naming.run();
    CHECK(naming.archive.located() == asked + 1); // only of the one that will be told as deleted
}

TEST_CASE("an archive that keeps its files elsewhere is asked once, not for each") {
    Naming naming(40);
    naming.archive.keep_elsewhere(true);
    CHECK(naming.run() == 1);
    CHECK(naming.archive.located() == 1);
    naming.archive.keep_elsewhere(false);
    naming.naming.look_at_all();
    naming.run();
    CHECK(naming.without_place(40).empty());
}

TEST_CASE("what a retrieval has found out is written down") {
    Naming naming(2);
    naming.run();
    naming.naming.learn({index::LocatedFile{orthanc_id(1), uuid(9)}});
    CHECK(naming.naming.has_work());
    naming.run();
    CHECK(naming.without_place(2) == std::vector<std::uint32_t>{1});
}

TEST_CASE("who wants to is told of files that have just come, and not of those of long ago") {
    Naming naming(3);
    naming.archive.keep_in(orthanc_id(2), Uuid()); // cannot be read in place
    std::vector<std::string> told;
    naming.naming.on_named([&](const service::NamedFile& instance) {
        CHECK(instance.institution == "H001");
        CHECK(instance.file.known());
        told.push_back(instance.orthanc_id);
    });
    naming.run();
    std::sort(told.begin(), told.end());
    std::vector<std::string> expected{orthanc_id(1), orthanc_id(3)};
    std::sort(expected.begin(), expected.end());
    CHECK(told == expected);

    Naming old(3);
    told.clear();
    old.naming.on_named([&](const service::NamedFile& instance) { told.push_back(instance.orthanc_id); });
    old.naming.look_at_all();
    old.run();
    CHECK(told.empty());
    CHECK(old.without_place(3).empty());
}

TEST_CASE("what was removed is gone, what never was is not found") {
    Services services;
    const index::StoredInstance one = study(1, "H001", "A");
    services.store({one});
    services.store({deletion(one)});
    const auto why = [&](const std::string& study_uid, const std::string& series,
                         const std::string& instance) {
        service::RetrieveQuery query;
        query.study_uids = {study_uid};
        if (!series.empty()) {
            query.series_uids = {series};
        }
        if (!instance.empty()) {
            query.sop_uids = {instance};
        }
        return services.retrieve.why_nothing(query).kind;
    };
    CHECK(why("4.1", "", "") == ErrorKind::Gone);
    CHECK(why("4.1", "4.1.1", "") == ErrorKind::Gone);
    CHECK(why("4.1", "4.1.1", "4.1.1.1") == ErrorKind::Gone);
    CHECK(why("4.2", "", "") == ErrorKind::NotFound);
    CHECK(why("4.2", "4.1.1", "4.1.1.1") == ErrorKind::NotFound);
    services.readiness.ready = false;
    CHECK(why("4.1", "", "") == ErrorKind::Unavailable);
}
