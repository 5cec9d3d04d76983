// Never miss, never invent: whatever is lost on the way, once the follower is ready the index equals the
// archive.
#include "core/index/schema.hpp"
#include "core/service/log_follower.hpp"
#include "tests/contract/faulty_connection.hpp"
#include "tests/contract/index_under_test.hpp"
#include "tests/contract/instance_builder.hpp"
#include "tests/core/dicom/sample_files.hpp"
#include "tests/core/service/fake_archive.hpp"
#include "tests/core/service/region.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace recog;
using namespace recog::test;
using namespace std::chrono_literals;

namespace {

std::string file_of(std::uint32_t number, const std::string& description = "") {
    const std::string study = "1." + std::to_string(number % 5);
    SampleFile file(study, study + ".1", study + ".1." + std::to_string(number));
    file.patient("P" + std::to_string(number % 4), "Wang^Wu").set(0x0008, 0x1030, "LO", description);
    return file.file();
}

/// What outlives a restart: the archive and the folder of the database.
struct World {
    TemporaryFolder folder;
    FakeArchive archive;
    SilentLogger logger;
    SystemClock clock;
    recognition::Rules rules = region_rules();
    identity::DomainResolver resolver = region_resolver(rules.institutions());
    service::InstanceInterpreter interpreter{resolver, rules.institutions(), "GB18030"};

    index::IndexEvent event_of(const std::string& id, const FakeArchive::Instance& instance) const {
        return interpreter.interpret(id, std::as_bytes(std::span(instance.file)), instance.aet);
    }
    std::string expected() const {
        std::vector<index::IndexEvent> events;
        for (const auto& [id, instance] : archive.state().instances) {
            events.push_back(event_of(id, instance));
        }
        return dump_of(events);
    }
    void store(std::uint32_t number, const std::string& description = "") {
        archive.store(orthanc_id(number), file_of(number, description), "H001_CT");
    }
};

/// One run of the plugin over the world.
class Node {
public:
    explicit Node(World& world)
        : world_(world), database_(make_database(world.folder.path())), readers_(*database_, 4),
          ingest_(writing(), world.archive, world.interpreter, world.clock, world.logger),
          follower_(readers_, ingest_, world.archive, world.interpreter, world.logger) {
        ingest_.on_overflow([this] { follower_.wake(); });
    }
    void start(bool clean_stop = false) { follower_.start(clean_stop); }
    void ready(std::chrono::milliseconds patience = 60s) {
        expect_ok(follower_.wait_until_ready(patience));
        expect_ok(ingest_.wait_until_written(patience));
    }
    void tell_stored(std::uint32_t number) {
        const std::string id = orthanc_id(number);
        const auto state = world_.archive.state();
        if (const auto found = state.instances.find(id); found != state.instances.end()) {
            ingest_.push(world_.event_of(id, found->second));
        }
    }
    void tell_deleted(std::uint32_t number) { ingest_.push(index::DeletedInstance{orthanc_id(number)}); }
    std::string dump() {
        const auto connection = expect_ok(database_->connect());
        return test::dump(*connection);
    }
    /// The follower looks at the log by itself; this only waits until the index is what it should be.
    bool becomes(const std::string& expected) {
        for (int i = 0; i < 200; ++i) {
            follower_.wake();
            if (dump() == expected) {
                return true;
            }
            std::this_thread::sleep_for(25ms);
        }
        return false;
    }
    bool stop() {
        follower_.stop();
        return ingest_.stop();
    }
    service::Ingest& ingest() { return ingest_; }
    service::LogFollower& follower() { return follower_; }
    index::Database& database() { return *database_; }
    FaultyConnection& faults() { return *faults_; }

private:
    std::unique_ptr<index::Connection> writing() {
        auto connection = std::make_unique<FaultyConnection>(expect_ok(database_->connect()));
        expect_ok(index::prepare_schema(*connection));
        faults_ = connection.get();
        return connection;
    }

    World& world_;
    std::unique_ptr<index::Database> database_;
    FaultyConnection* faults_ = nullptr;
    index::ReaderPool readers_;
    service::Ingest ingest_;
    service::LogFollower follower_;
};

} // namespace

TEST_CASE("a question that waits sees everything told before it") {
    World world;
    Node node(world);
    node.start();
    node.ready();
    for (std::uint32_t i = 0; i < 40; ++i) {
        world.store(i);
        node.tell_stored(i);
    }
    expect_ok(node.ingest().wait_until_written(60s));
    CHECK(differences(node.dump(), world.expected()) == "");
}

TEST_CASE("the log brings what callbacks have lost, at start and while running") {
    World world;
    for (std::uint32_t i = 0; i < 20; ++i) {
        world.store(i);
    }
    Node node(world);
    node.start();
    node.ready();
    CHECK(differences(node.dump(), world.expected()) == "");
    for (std::uint32_t i = 20; i < 45; ++i) {
        world.store(i);
    }
    CHECK(node.becomes(world.expected()));
}

TEST_CASE("an instance that comes again from elsewhere stays what the archive has kept") {
    World world;
    world.store(1);
    Node node(world);
    node.start();
    node.ready();
    const std::string before = node.dump();
    // Orthanc tells of a resend with the new sender, and keeps the first file and the first sender.
    node.ingest().push(world.event_of(orthanc_id(1), {file_of(1), ""}));
    node.ingest().push(world.event_of(orthanc_id(1), {file_of(1, "another description"), "H002_CT"}));
    node.ready();
    CHECK(differences(node.dump(), before) == "");
}

TEST_CASE("a deletion told late, after the instance has been stored again, deletes nothing") {
    World world;
    Node node(world);
    node.start();
    node.ready();
    world.store(1);
    node.tell_stored(1);
    world.archive.remove(orthanc_id(1));
    world.store(1, "again");
    node.tell_stored(1);
    node.tell_deleted(1);
    expect_ok(node.ingest().wait_until_written(60s));
    CHECK(differences(node.dump(), world.expected()) == "");
}

TEST_CASE("what was read of an instance before its deletion was told does not come back") {
    World world;
    Node node(world);
    world.store(1);
    const auto read_before = world.event_of(orthanc_id(1), world.archive.state().instances.begin()->second);
    world.archive.remove(orthanc_id(1));
    node.tell_deleted(1);
    node.ingest().push(read_before);
    expect_ok(node.ingest().wait_until_queue_written(60s));
    CHECK(differences(node.dump(), world.expected()) == "");

    SUBCASE("nor as an unreadable one") {
        node.ingest().push(index::UnreadableInstance{orthanc_id(1), "broken"});
        expect_ok(node.ingest().wait_until_queue_written(60s));
        CHECK(differences(node.dump(), world.expected()) == "");
    }
    SUBCASE("nor when the archive cannot say so at once") {
        node.tell_deleted(2);
        expect_ok(node.ingest().wait_until_queue_written(60s));
        world.archive.fail_at(1);
        node.ingest().push(read_before);
        CHECK(node.becomes(world.expected()));
    }
    SUBCASE("but when it has really been stored again it does") {
        world.store(1);
        node.tell_stored(1);
        expect_ok(node.ingest().wait_until_queue_written(60s));
        CHECK(differences(node.dump(), world.expected()) == "");
    }
}

TEST_CASE("an instance deleted while the follower reads it is not invented") {
    World world;
    for (std::uint32_t i = 0; i < 10; ++i) {
        world.store(i);
    }
    Node node(world);
    world.archive.after_open([&](const std::string& id) {
        if (id == orthanc_id(3)) {
            world.archive.remove(id);
            node.tell_deleted(3);
            static_cast<void>(node.ingest().wait_until_queue_written(60s));
        }
    });
    node.start();
    node.ready();
    CHECK(differences(node.dump(), world.expected()) == "");
}

TEST_CASE("a deletion that the archive cannot confirm yet is confirmed later") {
    World world;
    Node node(world);
    world.store(1);
    node.tell_stored(1);
    expect_ok(node.ingest().wait_until_queue_written(60s));
    world.archive.remove(orthanc_id(1));
    world.archive.fail_at(1, 2);
    node.tell_deleted(1);
    CHECK(node.becomes(world.expected()));
    CHECK(node.stop());
}

TEST_CASE("a stop with an unconfirmed deletion is not clean") {
    World world;
    Node node(world);
    world.store(1);
    node.tell_stored(1);
    expect_ok(node.ingest().wait_until_queue_written(60s));
    world.archive.remove(orthanc_id(1));
    node.ingest().archive_answers(false);
    node.tell_deleted(1);
    CHECK_FALSE(node.stop());
}

TEST_CASE("a full queue leaves out, refuses questions, and everything comes back from the log") {
    World world;
    Node node(world);
    node.start();
    node.ready();
    world.store(1);
    node.tell_stored(1);
    expect_ok(node.ingest().wait_until_written(60s));
    {
        // Another writer holds the database while the archive goes on storing.
        const auto blocker = expect_ok(node.database().connect());
        const index::Transaction held(*blocker);
        const auto same = world.event_of(orthanc_id(1), world.archive.state().instances.begin()->second);
        while (node.ingest().queue_length() < service::Ingest::kMaxQueue) {
            node.ingest().push(same);
        }
        world.store(2);
        node.tell_stored(2);
        world.store(1, "overwritten");
        node.tell_stored(1);
        CHECK(node.ingest().overflows() >= 2);
        CHECK_FALSE(node.ingest().wait_until_written(10ms));
    }
    expect_ok(node.ingest().wait_until_written(60s));
    CHECK(differences(node.dump(), world.expected()) == "");
}

TEST_CASE("a database that fails for a while loses nothing and sets nothing aside") {
    World world;
    Node node(world);
    for (std::uint32_t i = 0; i < 5; ++i) {
        world.store(i);
    }
    for (const std::size_t times : {1U, 2U, 3U, 4U, 6U}) {
        CAPTURE(times);
        world.store(static_cast<std::uint32_t>(times), "changed " + std::to_string(times));
        node.ingest().wait_until_queue_written(60s).ok();
        node.faults().fail_transactions(times);
        for (std::uint32_t i = 0; i < 7; ++i) {
            node.tell_stored(i);
        }
        expect_ok(node.ingest().wait_until_queue_written(60s));
        CHECK(differences(node.dump(), world.expected()) == "");
    }
    CHECK(node.stop());
}

TEST_CASE("a kill may lose the callback of an overwritten instance") {
    World world;
    for (std::uint32_t i = 0; i < 10; ++i) {
        world.store(i);
    }
    {
        Node node(world);
        node.start();
        node.ready();
    }
    world.store(4, "overwritten");
    Node node(world);
    node.start();
    node.ready();
    CHECK(differences(node.dump(), world.expected()) == "");
}

TEST_CASE("a log that was cleared, exchanged or rolled back makes no difference") {
    World world;
    for (std::uint32_t i = 0; i < 15; ++i) {
        world.store(i);
    }
    const auto early = world.archive.state();
    for (std::uint32_t i = 15; i < 30; ++i) {
        world.store(i);
    }
    {
        Node node(world);
        node.start();
        node.ready();
        CHECK(node.stop());
    }
    bool clean = false;
    SUBCASE("cleared, with an instance stored and one deleted meanwhile") {
        world.store(40);
        world.archive.remove(orthanc_id(7));
        world.archive.clear_log();
    }
    SUBCASE("cleared after a clean stop, with an instance stored meanwhile") {
        world.store(40);
        world.archive.clear_log();
        clean = true;
    }
    SUBCASE("cleared after a clean stop, with as many stored as deleted meanwhile") {
        world.store(40);
        world.archive.remove(orthanc_id(7));
        world.archive.clear_log();
        clean = true;
    }
    SUBCASE("cleared in between, with as many stored as deleted, and the log gone on") {
        world.store(40);
        world.archive.remove(orthanc_id(7));
        world.archive.clear_log();
        world.store(41);
        world.archive.remove(orthanc_id(41));
        world.store(42);
        world.archive.remove(orthanc_id(8));
        clean = true;
    }
    SUBCASE("exchanged") {
        FakeArchive::State other;
        for (std::uint32_t i = 10; i < 22; ++i) {
            other.instances[orthanc_id(100 + i)] = {file_of(i), "H002_CT"};
            other.log[++other.last] = orthanc_id(100 + i);
        }
        world.archive.become(other);
    }
    SUBCASE("exchanged for one with a longer log") {
        FakeArchive::State other;
        for (std::uint32_t i = 0; i < 50; ++i) {
            other.instances[orthanc_id(100 + i)] = {file_of(i), "H002_CT"};
            other.log[++other.last] = orthanc_id(100 + i);
        }
        world.archive.become(other);
        clean = true;
    }
    SUBCASE("exchanged for an empty one") {
        world.archive.become({});
    }
    SUBCASE("rolled back by a power cut") {
        world.archive.become(early);
    }
    SUBCASE("rolled back, and gone another way since") {
        world.archive.become(early);
        for (std::uint32_t i = 50; i < 80; ++i) {
            world.store(i);
        }
    }
    Node node(world);
    node.start(clean);
    node.ready();
    CHECK(differences(node.dump(), world.expected()) == "");
}

TEST_CASE("after a clean stop the counts suffice; after another the ids are compared") {
    World world;
    for (std::uint32_t i = 0; i < 12; ++i) {
        world.store(i);
    }
    {
        Node node(world);
        node.start();
        node.ready();
        CHECK(node.stop());
    }
    const auto listings = world.archive.listings();
    {
        Node node(world);
        node.start(true);
        node.ready();
        CHECK(world.archive.listings() == listings);
    }
    Node node(world);
    node.start(false);
    node.ready();
    CHECK(world.archive.listings() > listings);
}

TEST_CASE("an archive that fails at its n-th call is asked again") {
    for (std::size_t n = 1; n <= 14; ++n) {
        CAPTURE(n);
        World world;
        for (std::uint32_t i = 0; i < 4; ++i) {
            world.store(i);
        }
        world.archive.fail_at(n, 1 + n % 3);
        Node node(world);
        node.start();
        node.ready();
        CHECK(differences(node.dump(), world.expected()) == "");
    }
}

TEST_CASE("an instance whose file is lost is listed as unreadable and holds nothing up") {
    World world;
    for (std::uint32_t i = 0; i < 5; ++i) {
        world.store(i);
    }
    world.archive.lose_file(orthanc_id(2));
    Node node(world);
    node.start();
    node.ready();
    const auto connection = expect_ok(node.database().connect());
    const auto counts = expect_ok(index::IndexReader(*connection).counts());
    CHECK(counts.instances == 4);
    CHECK(counts.unreadable == 1);
}

TEST_CASE("storage that is away for a while loses no instance") {
    World world;
    for (std::uint32_t i = 0; i < 5; ++i) {
        world.store(i);
        world.archive.lose_file(orthanc_id(i));
    }
    Node node(world);
    node.start();
    while (world.archive.listings() == 0) { // it has looked for a file that can be read
        std::this_thread::yield();
    }
    world.archive.find_files();
    node.ready();
    const auto connection = expect_ok(node.database().connect());
    const auto counts = expect_ok(index::IndexReader(*connection).counts());
    CHECK(counts.instances == 5);
    CHECK(counts.unreadable == 0);
}

TEST_CASE("files that are no DICOM are held as unreadable, and told once") {
    World world;
    world.archive.store(orthanc_id(1), "nonsense", "H001_CT");
    world.store(2);
    Node node(world);
    node.start();
    node.ready();
    CHECK(differences(node.dump(), world.expected()) == "");
    const auto connection = expect_ok(node.database().connect());
    CHECK(expect_ok(index::IndexReader(*connection).counts()).unreadable == 1);
}

TEST_CASE("until it is ready the follower refuses with a sentence, and it stops at any moment") {
    World world;
    for (std::uint32_t i = 0; i < 30; ++i) {
        world.store(i);
    }
    Node node(world);
    CHECK_FALSE(node.follower().wait_until_ready(1ms));
    world.archive.fail_at(1, FakeArchive::kNever);
    node.start();
    const auto refused = node.follower().wait_until_ready(20ms);
    REQUIRE_FALSE(refused);
    CHECK(refused.failure().kind == ErrorKind::Unavailable);
    node.stop();
    CHECK_FALSE(node.follower().wait_until_ready(1ms));
}

TEST_CASE("restarted at any point, with callbacks lost, the index equals the archive") {
    for (unsigned seed = 1; seed <= 5; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        const auto below = [&random](std::uint32_t end) {
            return std::uniform_int_distribution<std::uint32_t>(0, end - 1)(random);
        };
        World world;
        for (int run = 0; run < 8; ++run) {
            CAPTURE(run);
            Node node(world);
            const auto act = [&] {
                const std::uint32_t number = below(60);
                const bool told = below(5) != 0;
                if (below(4) == 0) {
                    world.archive.remove(orthanc_id(number));
                    if (told) {
                        node.tell_deleted(number);
                    }
                } else if (!world.archive.state().instances.contains(orthanc_id(number))) {
                    world.store(number, "description " + std::to_string(below(3)));
                    if (told) {
                        node.tell_stored(number);
                    }
                }
            };
            for (std::uint32_t i = below(10); i > 0; --i) {
                act(); // C-STORE can come before the archive answers questions
            }
            node.start();
            for (std::uint32_t i = below(60); i > 0; --i) {
                act();
            }
            if (below(2) == 0) {
                node.ready();
            }
            for (std::uint32_t i = below(20); i > 0; --i) {
                act();
            }
        }
        Node node(world);
        node.start();
        node.ready();
        CHECK(differences(node.dump(), world.expected()) == "");
    }
}
