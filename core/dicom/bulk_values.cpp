#include "core/dicom/bulk_values.hpp"

#include "core/dicom/element_scanner.hpp"

#include <algorithm>

namespace recog::dicom {

namespace {

/// Hears of everything and keeps the bulk values, or the one at a path.
class BulkValues final : public ModelSink {
public:
    explicit BulkValues(std::string_view path = {}) : path_(path) {}

    std::vector<StoredBulkValue> take() { return std::move(found_); }

    void begin_item(std::size_t) override {}
    void end_item() override {}
    void begin_element(const ElementHead&) override {}
    void end_element() override {}
    void begin_items() override {}
    void end_items() override {}
    void text(std::string_view, std::string_view) override {}
    void begin_values() override {}
    void end_values() override {}
    void value(std::int64_t) override {}
    void value(std::uint64_t) override {}
    void value(float) override {}
    void value(double) override {}
    void value(Tag) override {}
    void inline_binary(Bytes) override {}
    void bulk_data(const BulkValue& bulk) override {
        if (path_.empty() || path_ == bulk.path) {
            found_.push_back({std::string(bulk.path), bulk.tag, std::string(bulk.vr), bulk.value,
                              bulk.encapsulated, bulk.word, std::string(bulk.mime_type), bulk.owner});
        }
    }

private:
    std::string_view path_;
    std::vector<StoredBulkValue> found_;
};

} // namespace

Result<std::vector<StoredBulkValue>> find_bulk_values(Bytes file, ModelOptions options) {
    options.bulk_data = true;
    BulkValues values;
    if (const Status told = tell_dataset(values, file, options); !told) {
        return told.failure();
    }
    return values.take();
}

Result<StoredBulkValue> find_bulk_value(Bytes file, std::string_view path) {
    ModelOptions options;
    options.bulk_data = true;
    options.inline_bytes = 0;
    options.inline_number_bytes = 0;
    BulkValues values(path);
    if (const Status told = tell_dataset(values, file, options); !told) {
        return told.failure();
    }
    auto found = values.take();
    if (path.empty() || found.empty()) {
        return error(ErrorKind::NotFound, "the object has no bulk data of this name");
    }
    return std::move(found.front());
}

std::vector<Bytes> fragments_of(Bytes encapsulated) {
    // PS3.5 A.4: always little endian; the first item is the offset table.
    std::vector<Bytes> fragments;
    bool table = true;
    for (std::size_t at = 0; encapsulated.size() - at >= 8;) {
        const Tag tag{read_u16(encapsulated, at, false), read_u16(encapsulated, at + 2, false)};
        const std::size_t length = read_u32(encapsulated, at + 4, false);
        at += 8;
        if (tag != kItem) {
            break;
        }
        const std::size_t there = std::min(length, encapsulated.size() - at);
        if (!table && there > 0) {
            fragments.push_back(encapsulated.subspan(at, there));
        }
        table = false;
        at += there;
    }
    return fragments;
}

} // namespace recog::dicom
