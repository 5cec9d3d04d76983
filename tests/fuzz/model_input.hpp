// What the fuzz targets of the two metadata readers do with a data set that was read.
#pragma once

#include "core/dicom/element_scanner.hpp"
#include "core/dicom/model_encoder.hpp"
#include "tests/fuzz/expect.hpp"

#include <filesystem>

namespace recog::fuzz {

/// Bulk data for some URIs: "b" has one run, "f" two.
class SomeBulkData final : public dicom::BulkDataSource {
public:
    SomeBulkData() { static_cast<void>(spool_.append(std::as_bytes(std::span("\xFF\xD8\xFF\xC0 abcdef")))); }
    const Spool& spool() const override { return spool_; }
    std::vector<dicom::BulkRun> find(std::string_view uri) const override {
        using Runs = std::vector<dicom::BulkRun>;
        return uri == "b" ? Runs{{0, 7}} : uri == "f" ? Runs{{0, 5}, {5, 4}} : Runs{};
    }

private:
    Spool spool_{std::filesystem::temp_directory_path(), 1U << 20U};
};

/// What is encoded must be read again, to its end.
inline void encode_and_read(const dicom::ModelDataset& dataset) {
    static const SomeBulkData bulk_data;
    for (const char* syntax : {"1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50"}) {
        Spool out(std::filesystem::temp_directory_path(), 1U << 26U);
        if (!dicom::encode_model(dataset, bulk_data, {syntax, false}, out)) {
            continue;
        }
        const auto file = std::move(out).take();
        expect(file.ok(), "the file is there");
        const auto meta = dicom::read_meta(file->bytes);
        expect(meta && meta->transfer_syntax == syntax, "the meta information is read again");
        const dicom::Part10Limits limits;
        dicom::ElementScanner scanner(file->bytes, limits);
        const std::size_t end = file->bytes.size();
        for (std::size_t at = meta->dataset_offset; at < end;) {
            const auto element = scanner.read(at, end, meta->encoding);
            expect(element.ok(), "each element is read again");
            const auto next = scanner.skip(*element, end, meta->encoding, false);
            expect(next.ok(), "each element has its length");
            at = *next;
        }
    }
}

} // namespace recog::fuzz
