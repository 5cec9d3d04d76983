// C-STORE: from what the archive did to the status that the sender is told.
#include "core/dicom/element_writer.hpp"
#include "plugin/port/store_handler.hpp"
#include "tests/core/dicom/dicom_samples.hpp"
#include "tests/plugin/port/fake_exchange.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>

using namespace recog;
using namespace recog::port;
using namespace recog::test;
using dimse::Command;

namespace {

constexpr const char* CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2";
constexpr const char* EXPLICIT = "1.2.840.10008.1.2.1";
constexpr const char* IMPLICIT = "1.2.840.10008.1.2";

class HeldFile final : public service::InstanceFile {
public:
    explicit HeldFile(std::vector<std::byte> file) : file_(std::move(file)) {}
    std::span<const std::byte> bytes() const override { return file_; }

private:
    std::vector<std::byte> file_;
};

class FakeTarget final : public StoreTarget {
public:
    Result<service::TakenFile> store(Bytes file) override {
        stored += file.size();
        return failure ? Result<service::TakenFile>(*failure) : service::TakenFile{held != nullptr, "held"};
    }
    Result<std::unique_ptr<service::InstanceFile>> open(const std::string& /*id*/) override {
        return std::unique_ptr<service::InstanceFile>(std::make_unique<HeldFile>(*held));
    }
    const std::vector<std::byte>* held = nullptr; ///< what it has, of every UID
    std::size_t stored = 0;
    std::optional<Error> failure;
};

Request store_request(const char* syntax, const std::string& sop_class, const std::string& sop_instance,
                      std::string_view more = {}) {
    dicom::ElementWriter writer(dicom::encoding_of(syntax));
    writer.text({0x0008, 0x0005}, "CS", "ISO_IR 192");
    if (!sop_class.empty()) {
        writer.text({0x0008, 0x0016}, "UI", sop_class);
    }
    if (!sop_instance.empty()) {
        writer.text({0x0008, 0x0018}, "UI", sop_instance);
    }
    writer.text({0x0010, 0x0020}, "LO", "100");
    writer.text({0x0020, 0x000D}, "UI", "1.2.1");
    writer.text({0x0020, 0x000E}, "UI", "1.2.2");
    std::string data(writer.bytes());
    data += more;
    if (dicom::encoding_of(syntax).deflated) {
        data = dicom::deflate_dataset(data);
    }
    Request request;
    request.context = {9, CT_IMAGE, syntax, false, {}};
    request.command.command = Command::StoreRequest;
    request.command.sop_class_uid = CT_IMAGE;
    request.command.sop_instance_uid = "1.2.3";
    request.data_set = dicom::encode_file_meta({CT_IMAGE, "1.2.3", syntax, "1.2", "V", "A", "B"});
    const auto bytes = std::as_bytes(std::span(data));
    request.data_set.insert(request.data_set.end(), bytes.begin(), bytes.end());
    return request;
}

} // namespace

TEST_CASE("C-STORE of a UID that is held is a success only when it is the same object") {
    const auto answer = [](const std::vector<std::byte>& held, const Request& request) {
        FakeTarget target;
        target.held = &held;
        SilentLogger logger;
        FakeExchange exchange;
        StoreHandler(target, logger).handle(request, exchange);
        REQUIRE(exchange.sent.size() == 1);
        CHECK(exchange.sent[0].command.error_comment.empty() == (exchange.sent[0].command.status == 0));
        CHECK(exchange.sent[0].command.error_comment.size() <= 64);
        return exchange.sent[0].command.status;
    };
    const Request sent = store_request(EXPLICIT, CT_IMAGE, "1.2.3");
    const Request implicit = store_request(IMPLICIT, CT_IMAGE, "1.2.3");
    const std::string more = element(0x0020, 0x4000, "LT", "more");
    const Request other = store_request(EXPLICIT, CT_IMAGE, "1.2.3", more);
    CHECK(answer(sent.data_set, sent) == 0x0000);
    CHECK(answer(sent.data_set, implicit) == 0x0000);
    CHECK(answer(sent.data_set, other) == 0x0111);
    CHECK(answer(other.data_set, sent) == 0x0111);
    CHECK(answer(store_request("1.2.840.10008.1.2.4.70", CT_IMAGE, "1.2.3",
                               element(0x7FE0, 0x0010, "OB", "abcd"))
                     .data_set,
                 store_request(EXPLICIT, CT_IMAGE, "1.2.3", element(0x7FE0, 0x0010, "OB", "efgh"))) ==
          0xB006);
    CHECK(answer(std::vector<std::byte>(400), sent) == 0x0111);
}

TEST_CASE("C-STORE is answered with what became of the object") {
    struct Case {
        const char* what;
        std::string sop_class;
        std::string sop_instance;
        std::optional<Error> failure;
        std::uint16_t status;
        bool reaches_archive;
    };
    const std::vector<Case> cases{
        {"stored", CT_IMAGE, "1.2.3", {}, 0x0000, true},
        {"another instance", CT_IMAGE, "1.2.4", {}, 0xA900, false},
        {"another class", "1.2.840.10008.5.1.4.1.1.4", "1.2.3", {}, 0xA900, false},
        {"no instance", CT_IMAGE, "", {}, 0xA900, false},
        {"no class", "", "1.2.3", {}, 0xA900, false},
        {"the disk is full", CT_IMAGE, "1.2.3", error(ErrorKind::Storage, "full"), 0xA700, true},
        {"not now", CT_IMAGE, "1.2.3", error(ErrorKind::Unavailable, "not now"), 0xA700, true},
        {"refused", CT_IMAGE, "1.2.3", error(ErrorKind::Malformed, "refused"), 0xC000, true},
    };
    for (const Case& one : cases) {
        for (const char* syntax : {IMPLICIT, EXPLICIT, "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99",
                                   "1.2.840.10008.1.2.4.70"}) {
            CAPTURE(one.what);
            CAPTURE(syntax);
            FakeTarget target;
            target.failure = one.failure;
            SilentLogger logger;
            FakeExchange exchange;
            const Request request = store_request(syntax, one.sop_class, one.sop_instance);
            StoreHandler(target, logger).handle(request, exchange);
            REQUIRE(exchange.sent.size() == 1);
            CHECK(exchange.sent[0].command.status == one.status);
            CHECK(exchange.sent[0].command.sop_instance_uid == "1.2.3");
            CHECK(exchange.sent[0].command.error_comment.empty() == (one.status == 0));
            CHECK(target.stored == (one.reaches_archive ? request.data_set.size() : 0));
        }
    }
}

TEST_CASE("C-STORE of something that is no data set, or cut off, is an answer") {
    FakeTarget target;
    SilentLogger logger;
    for (const char* syntax : {EXPLICIT, "1.2.840.10008.1.2.1.99"}) {
        const Request whole = store_request(syntax, CT_IMAGE, "1.2.3");
        const std::size_t meta = dicom::read_meta(whole.data_set)->dataset_offset;
        for (std::size_t size = meta; size < whole.data_set.size(); ++size) {
            Request request = whole;
            request.data_set.resize(size);
            FakeExchange exchange;
            StoreHandler(target, logger).handle(request, exchange);
            CHECK(exchange.sent.size() == 1);
        }
        Request request = whole;
        request.data_set.resize(meta);
        request.data_set.insert(request.data_set.end(), 100, std::byte{0xEE});
        FakeExchange exchange;
        StoreHandler(target, logger).handle(request, exchange);
        REQUIRE(exchange.sent.size() == 1);
        CHECK(exchange.sent[0].command.status >= 0xA900); // another object, or none
    }
}

TEST_CASE("a deflated object is not inflated to read its beginning") {
    FakeTarget target;
    SilentLogger logger;
    FakeExchange exchange;
    const std::string syntax = "1.2.840.10008.1.2.1.99";
    dicom::ElementWriter writer(dicom::encoding_of(syntax));
    writer.text({0x7FE0, 0x0010}, "OB", std::string(60'000'000, '\0'));
    StoreHandler(target, logger)
        .handle(store_request(syntax.c_str(), CT_IMAGE, "1.2.3", writer.bytes()), exchange);
    REQUIRE(exchange.sent.size() == 1);
    CHECK(exchange.sent[0].command.status == 0x0000);
}
