// Files on their way to a receiver that knows the patient under a number of its own.
#include "plugin/dimse/part10.hpp"
#include "plugin/localised_source.hpp"
#include "tests/core/dicom/sample_files.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace recog;
using namespace recog::test;

namespace {

class Noon final : public Clock {
public:
    std::chrono::system_clock::time_point now() const override {
        return *parse_day("20240620") + std::chrono::hours(12);
    }
    Day today() const override { return *parse_day("20240620"); }
};

class TextBytes final : public dimse::InstanceBytes {
public:
    explicit TextBytes(std::string text) : text_(std::move(text)) {}
    std::span<const std::byte> bytes() const override { return std::as_bytes(std::span(text_)); }

private:
    std::string text_;
};

class MemorySource final : public dimse::InstanceSource {
public:
    Result<std::unique_ptr<dimse::InstanceBytes>> open(const dimse::StoredInstance&) override {
        if (file.empty()) {
            return error(ErrorKind::NotFound, "no such instance");
        }
        return std::unique_ptr<dimse::InstanceBytes>(std::make_unique<TextBytes>(file));
    }
    Result<std::unique_ptr<dimse::InstanceBytes>> transcode(const dimse::StoredInstance& instance,
                                                            const std::string&) override {
        return open(instance);
    }
    std::string file;
};

std::string joined(const dimse::InstanceBytes& bytes) {
    std::string all;
    for (const auto part : bytes.parts()) {
        all += text_of(part);
    }
    return all;
}

class Localised {
public:
    Localised() {
        SampleFile sample("1.2.1", "1.2.2", "1.2.3");
        sample.patient("F-200", "Chang^Wei").set(0x7FE0, 0x0010, "OW", std::string(50'000, '\x11'));
        stored.file = sample.file();
        service::RetrievedInstance foreign;
        foreign.orthanc_id = "a";
        foreign.institution = "H002";
        foreign.local_patient = std::make_shared<const service::LocalPatient>(
            service::LocalPatient{"L-100", "H001", "Zhang^Wei"});
        service::RetrievedInstance own;
        own.orthanc_id = "b";
        source = std::make_unique<LocalisedSource>(
            stored, localisations_of({foreign, own}, recognition::Institutions(), "GB18030"), "NODE", clock);
    }

    Noon clock;
    MemorySource stored;
    std::unique_ptr<LocalisedSource> source;
    dimse::StoredInstance listed{"a", "1.2.840.10008.5.1.4.1.1.2", "1.2.3", "", 0};
    dimse::StoredInstance other{"b", "1.2.840.10008.5.1.4.1.1.2", "1.2.4", "", 0};
};

} // namespace

TEST_CASE("a listed instance comes out under the receiver's number, in pieces or as one") {
    Localised localised;
    for (const bool transcoded : {false, true}) {
        const auto opened = transcoded ? localised.source->transcode(localised.listed, "1.2.840.10008.1.2.1")
                                       : localised.source->open(localised.listed);
        REQUIRE(opened.ok());
        const std::string whole = joined(**opened);
        CHECK(whole.find("L-100") != std::string::npos);
        CHECK(whole.find("20240620120000+0000") != std::string::npos);
        CHECK(text_of((*opened)->bytes()) == whole);
        const auto parts = (*opened)->parts();
        CHECK(parts.size() == 2);
        const auto view = dimse::parse_part10(parts[0]);
        REQUIRE(view.ok());
        CHECK(view->transfer_syntax_uid == "1.2.840.10008.1.2.1");
    }
}

TEST_CASE("other instances come out as they are stored") {
    Localised localised;
    const auto opened = localised.source->open(localised.other);
    REQUIRE(opened.ok());
    CHECK(joined(**opened) == localised.stored.file);
}

TEST_CASE("an instance whose copy cannot be made does not come out at all") {
    Localised localised;
    localised.stored.file = localised.stored.file.substr(0, 295);
    const auto broken = localised.source->open(localised.listed);
    REQUIRE_FALSE(broken.ok());
    CHECK(broken.failure().kind == ErrorKind::Malformed);
    CHECK(localised.source->open(localised.other).ok());
    localised.stored.file.clear();
    const auto gone = localised.source->open(localised.listed);
    REQUIRE_FALSE(gone.ok());
    CHECK(gone.failure().kind == ErrorKind::NotFound);
}
