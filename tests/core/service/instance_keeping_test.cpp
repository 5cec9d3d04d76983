// An instance whose UID the archive holds already: the same object, or another one.
#include "core/service/instance_keeping.hpp"

#include "core/dicom/dataset_bytes.hpp"
#include "tests/core/service/store_samples.hpp"

using namespace recog;
using namespace recog::service;
using namespace recog::test;

namespace {

constexpr const char* kImplicit = "1.2.840.10008.1.2";
constexpr const char* kExplicit = "1.2.840.10008.1.2.1";
constexpr const char* kLossless = "1.2.840.10008.1.2.4.70";
constexpr const char* kUid = "1.5.1.1";

SampleFile sample(const std::string& pixels = "pixels") {
    SampleFile file("1.5", "1.5.1", kUid);
    file.patient("100", "WANG^WEI");
    return file.set(0x7FE0, 0x0010, "OW", pixels);
}

/// As a file with the UID in its meta information, by which KeptFiles holds it.
std::string file_in(const std::string& syntax, const std::string& body) {
    const auto uid = [](std::string text) { return text.size() % 2 == 0 ? text : text + '\0'; };
    return std::string(128, '\0') + "DICM" + element(2, 2, "UI", uid("1.2.840.10008.5.1.4.1.1.2")) +
           element(2, 3, "UI", uid(kUid)) + element(2, 16, "UI", uid(syntax)) + body;
}

std::string encapsulated(const std::vector<std::string>& fragments) {
    std::string bytes = std::string("\xE0\x7F\x10\x00OB\0\0\xFF\xFF\xFF\xFF", 12);
    for (const std::string& fragment : fragments) {
        bytes += std::string("\xFE\xFF\x00\xE0", 4) + little(fragment.size(), 4) + fragment;
    }
    return bytes + std::string("\xFE\xFF\xDD\xE0\0\0\0\0", 8);
}

Keeping compared(const std::string& sent, const std::string& held) {
    return compare_content(bytes_of(sent), bytes_of(held));
}

/// A sequence of one item with one element, its lengths told or left open, in explicit VR.
std::string sequence(const std::string& value, bool open) {
    const std::string inner = element(0x0008, 0x0100, "SH", value);
    const std::string item = open ? std::string("\xFE\xFF\x00\xE0\xFF\xFF\xFF\xFF", 8) + inner +
                                        std::string("\xFE\xFF\x0D\xE0\0\0\0\0", 8)
                                  : std::string("\xFE\xFF\x00\xE0", 4) + little(inner.size(), 4) + inner;
    return std::string("\x08\x00\x32\x10SQ\0\0", 8) +
           (open ? "\xFF\xFF\xFF\xFF" + item + std::string("\xFE\xFF\xDD\xE0\0\0\0\0", 8)
                 : little(item.size(), 4) + item);
}

} // namespace

TEST_CASE("files of one UID are the same when their data sets say the same") {
    const std::string file = sample().file();
    CHECK(compared(file, file) == Keeping::SameHeld);
    CHECK(compared(file_in(kExplicit, sample().body()), file) == Keeping::SameHeld);
    CHECK(compared(sample().set(0xFFFC, 0xFFFC, "OB", "\0\0\0\0").file(), file) == Keeping::SameHeld);
    CHECK(compared(sample().set(0x0008, 0x0000, "UL", little(99, 4)).file(), file) == Keeping::SameHeld);
    CHECK(compared(sample().whole(0x0008, 0x1032, sequence("CODE", true)).file(),
                   sample().whole(0x0008, 0x1032, sequence("CODE", false)).file()) == Keeping::SameHeld);
}

TEST_CASE("another patient, pixel, or element is other content") {
    const std::string file = sample().file();
    CHECK(compared(sample().patient("101", "WANG^WEI").file(), file) == Keeping::OtherHeld);
    CHECK(compared(sample().patient("100", "LI^WEI").file(), file) == Keeping::OtherHeld);
    CHECK(compared(sample("Pixels").file(), file) == Keeping::OtherHeld);
    CHECK(compared(sample("pixels.").file(), file) == Keeping::OtherHeld);
    CHECK(compared(sample().set(0x0020, 0x4000, "LT", "x").file(), file) == Keeping::OtherHeld);
    CHECK(compared(sample().erase(0x0028, 0x0010).file(), file) == Keeping::OtherHeld);
    CHECK(compared(sample().whole(0x0008, 0x1032, sequence("CODE", true)).file(),
                   sample().whole(0x0008, 0x1032, sequence("CODX", false)).file()) == Keeping::OtherHeld);
    // What cannot be read to its end is not known to be the same.
    CHECK(compared(file.substr(0, file.size() - 3), file) == Keeping::OtherHeld);
    CHECK(compared(file, file.substr(0, file.size() - 3)) == Keeping::OtherHeld);
    CHECK(compared(file, "nonsense") == Keeping::OtherHeld);
}

TEST_CASE("the same in another transfer syntax is known but for its pixels") {
    SampleFile small = sample();
    const std::string native = small.file();
    small.whole(0x7FE0, 0x0010, encapsulated({"", "stream"}));
    const std::string compressed = file_in(kLossless, small.body());
    CHECK(compared(compressed, native) == Keeping::OtherSyntaxHeld);
    CHECK(compared(native, compressed) == Keeping::OtherSyntaxHeld);
    CHECK(compared(file_in("1.2.840.10008.1.2.4.80", small.body()), compressed) == Keeping::SameHeld);
    small.set(0x0028, 0x0004, "CS", "RGB");
    CHECK(compared(file_in(kLossless, small.body()), native) == Keeping::OtherSyntaxHeld);
    small.patient("101", "WANG^WEI");
    CHECK(compared(file_in(kLossless, small.body()), native) == Keeping::OtherHeld);
    // In the same syntax the streams are compared.
    small = sample();
    small.whole(0x7FE0, 0x0010, encapsulated({"", "Stream"}));
    CHECK(compared(file_in(kLossless, small.body()), compressed) == Keeping::OtherHeld);
    // Implicit VR is the same values.
    const auto implicit = [](const std::string& id) {
        return file_in(kImplicit, std::string("\x10\0\x20\0\x04\0\0\0", 8) + id);
    };
    SampleFile only("1.5", "1.5.1", kUid);
    const std::string explicit_vr = file_in(kExplicit, element(0x0010, 0x0020, "LO", "100 "));
    CHECK(compared(implicit("100 "), explicit_vr) == Keeping::SameHeld);
    CHECK(compared(implicit("101 "), explicit_vr) == Keeping::OtherHeld);
}

TEST_CASE("what is held is looked at only when the archive did not store") {
    KeptFiles kept;
    const std::string file = file_in(kExplicit, sample().body());
    CHECK(*keep_instance(kept, bytes_of(file)) == Keeping::Stored);
    CHECK(*keep_instance(kept, bytes_of(file)) == Keeping::SameHeld);
    const std::string other = file_in(kExplicit, sample("Pixels").body());
    CHECK(*keep_instance(kept, bytes_of(other)) == Keeping::OtherHeld);
    CHECK(kept.files.at(kUid) == file);
    kept.answer = error(ErrorKind::Storage, "full");
    CHECK(keep_instance(kept, bytes_of(other)).failure().kind == ErrorKind::Storage);
}

TEST_CASE("what was held and is gone when it is looked at is stored after all") {
    class Removing final : public StoreTarget {
    public:
        Result<TakenFile> store(std::span<const std::byte>) override {
            return TakenFile{asked++ < held_times, "id"};
        }
        Result<std::unique_ptr<InstanceFile>> open(const std::string&) override {
            return error(kind, "it cannot be opened");
        }
        int asked = 0;
        int held_times = 1;
        ErrorKind kind = ErrorKind::NotFound;
    };
    Removing target;
    CHECK(*keep_instance(target, {}) == Keeping::Stored);
    CHECK(target.asked == 2);
    Removing always;
    always.held_times = 9;
    CHECK(keep_instance(always, {}).failure().kind == ErrorKind::Unavailable);
    Removing unreadable;
    unreadable.kind = ErrorKind::Storage;
    CHECK(keep_instance(unreadable, {}).failure().kind == ErrorKind::Storage);
    CHECK(unreadable.asked == 1);
}
