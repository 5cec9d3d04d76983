// Metadata of a CT study from mapped files: DCMTK's parser and its own JSON beside the writers that work
// straight from the bytes. Prints milliseconds for the whole study, the best and the median of the rounds.
//
//   benchmark_metadata [--quick] [FILE ...]       without files: a study of generated slices of 512x512
#include "core/dicom/json_model.hpp"
#include "core/dicom/xml_model.hpp"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcjson.h>
#include <dcmtk/dcmdata/dctk.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

using namespace recog;
using namespace recog::dicom;

namespace {

constexpr const char* kUri = "http://127.0.0.1:8042/dicom-web/studies/1.2.840.99999.1/series/1.2.840.99999.2/"
                             "instances/1.2.840.99999.3/"
                             "bulkdata";

/// A file as the archive maps it for its header alone.
class Mapping {
public:
    explicit Mapping(const std::string& path) {
        const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        struct stat status {};
        if (file >= 0 && fstat(file, &status) == 0 && status.st_size > 0) {
            size_ = static_cast<std::size_t>(status.st_size);
            address_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
        }
        ::close(file);
    }
    ~Mapping() {
        if (address_ != MAP_FAILED) {
            munmap(address_, size_);
        }
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    Bytes bytes() const {
        return address_ == MAP_FAILED ? Bytes() : Bytes(static_cast<const std::byte*>(address_), size_);
    }

private:
    void* address_ = MAP_FAILED;
    std::size_t size_ = 0;
};

void put_text(DcmItem& item, const std::vector<std::pair<DcmTagKey, const char*>>& values) {
    for (const auto& [tag, value] : values) {
        item.putAndInsertString(tag, value);
    }
}

/// What a scanner writes: about 100 elements, sequences, a private block.
void fill_slice(DcmDataset& data, int number) {
    const std::string n = std::to_string(number);
    const std::string uid = "1.2.840.99999.3." + n;
    const std::string place = "-160.5\\-172.25\\" + std::to_string(-300 + number) + ".125";
    put_text(data, {{DCM_SpecificCharacterSet, "GB18030"},
                    {DCM_ImageType, "ORIGINAL\\PRIMARY\\AXIAL"},
                    {DCM_SOPClassUID, UID_CTImageStorage},
                    {DCM_SOPInstanceUID, uid.c_str()},
                    {DCM_StudyDate, "20260101"},
                    {DCM_StudyTime, "101112.131415"},
                    {DCM_AccessionNumber, "A0001"},
                    {DCM_Modality, "CT"},
                    {DCM_Manufacturer, "MAKER"},
                    {DCM_InstitutionName, "\xB5\xDA\xD2\xBB\xD2\xBD\xD4\xBA"},
                    {DCM_StudyDescription, "\xD0\xD8\xB2\xBF"
                                           "CT"},
                    {DCM_PatientName, "Wang^Xiaodong=\xCD\xF5^\xD0\xA1\xB6\xAB"},
                    {DCM_PatientID, "P0001"},
                    {DCM_PatientBirthDate, "19700101"},
                    {DCM_PatientSex, "M"},
                    {DCM_SliceThickness, "1.25"},
                    {DCM_KVP, "120"},
                    {DCM_ReconstructionDiameter, "320.5"},
                    {DCM_XRayTubeCurrent, "250"},
                    {DCM_ConvolutionKernel, "B31f"},
                    {DCM_StudyInstanceUID, "1.2.840.99999.1"},
                    {DCM_SeriesInstanceUID, "1.2.840.99999.2"},
                    {DCM_InstanceNumber, n.c_str()},
                    {DCM_ImagePositionPatient, place.c_str()},
                    {DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0"},
                    {DCM_FrameOfReferenceUID, "1.2.840.99999.4"},
                    {DCM_PhotometricInterpretation, "MONOCHROME2"},
                    {DCM_PixelSpacing, "0.625976\\0.625976"},
                    {DCM_WindowCenter, "40\\-600"},
                    {DCM_WindowWidth, "400\\1500"},
                    {DCM_RescaleIntercept, "-1024"},
                    {DCM_RescaleSlope, "1"}});
    for (const auto& [tag, value] : std::vector<std::pair<DcmTagKey, Uint16>>{{DCM_SamplesPerPixel, 1},
                                                                              {DCM_Rows, 512},
                                                                              {DCM_Columns, 512},
                                                                              {DCM_BitsAllocated, 16},
                                                                              {DCM_BitsStored, 12},
                                                                              {DCM_HighBit, 11},
                                                                              {DCM_PixelRepresentation, 0}}) {
        data.putAndInsertUint16(tag, value);
    }
    for (const DcmTagKey& sequence :
         {DCM_ReferencedStudySequence, DCM_ProcedureCodeSequence, DCM_ReferencedImageSequence,
          DCM_SourceImageSequence, DCM_RequestAttributesSequence}) {
        DcmItem* item = nullptr;
        data.findOrCreateSequenceItem(sequence, item, -2);
        put_text(*item, {{DCM_ReferencedSOPClassUID, UID_CTImageStorage},
                         {DCM_ReferencedSOPInstanceUID, uid.c_str()},
                         {DCM_CodeValue, "T-1"},
                         {DCM_CodingSchemeDesignator, "99X"},
                         {DCM_CodeMeaning, "\xD0\xD8\xB2\xBF"}});
    }
    data.putAndInsertString(DcmTag(0x0009, 0x0010, EVR_LO), "MAKER 1.0");
    for (Uint16 i = 0; i < 48; ++i) {
        const DcmEVR vr = i % 3 == 0 ? EVR_DS : i % 3 == 1 ? EVR_LO : EVR_IS;
        data.putAndInsertString(DcmTag(0x0009, static_cast<Uint16>(0x1001 + i), vr),
                                i % 3 == 1 ? "private text" : "12.5");
    }
    const std::vector<Uint8> header(700, 0x5A);
    data.putAndInsertUint8Array(DcmTag(0x0009, 0x1080, EVR_OB), header.data(), header.size());
    const std::vector<Uint16> pixels(512 * 512, 1000);
    data.putAndInsertUint16Array(DCM_PixelData, pixels.data(), pixels.size());
}

std::vector<std::string> generate(const std::filesystem::path& folder, int slices) {
    std::vector<std::string> files;
    for (int number = 1; number <= slices; ++number) {
        DcmFileFormat file;
        fill_slice(*file.getDataset(), number);
        files.push_back((folder / std::to_string(number)).string());
        file.saveFile(files.back().c_str(), EXS_LittleEndianExplicit);
    }
    return files;
}

std::size_t dcmtk_json(Bytes file) {
    const auto header = read_header(file);
    std::ostringstream out;
    DcmJsonFormatCompact format(OFFalse);
    if (header) {
        (*header)->getDataset()->writeJson(out, format);
    }
    return out.str().size();
}

std::size_t json(Bytes file) {
    std::string out;
    JsonWriter writer(out);
    return write_dataset(writer, file, {}, kUri) ? out.size() : 0;
}

std::size_t xml(Bytes file) {
    std::string out;
    return write_xml_dataset(out, file, {}, kUri) ? out.size() : 0;
}

void measure(const char* name, const std::vector<std::string>& files, std::size_t rounds,
             const std::function<std::size_t(Bytes)>& write) {
    std::vector<double> spent;
    std::size_t bytes = 0;
    for (std::size_t round = 0; round < rounds; ++round) {
        bytes = 0;
        const auto begin = std::chrono::steady_clock::now();
        for (const std::string& path : files) {
            const Mapping mapping(path);
            bytes += write(mapping.bytes());
        }
        const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
        spent.push_back(taken.count());
    }
    std::sort(spent.begin(), spent.end());
    std::printf("%-28s %8.2f ms best %8.2f ms median %10zu bytes\n", name, spent.front(), spent[rounds / 2],
                bytes);
}

} // namespace

int main(int count, char** arguments) {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    std::vector<std::string> files(arguments + 1, arguments + count);
    const bool quick = !files.empty() && files.front() == "--quick";
    files.erase(files.begin(), files.begin() + (quick ? 1 : 0));
    std::string folder = (std::filesystem::temp_directory_path() / "benchmark-metadata-XXXXXX").string();
    if (files.empty()) {
        if (mkdtemp(folder.data()) == nullptr) {
            return 1;
        }
        files = generate(folder, quick ? 3 : 300);
    }
    const std::size_t rounds = quick ? 1 : 15;
    std::printf("%zu files\n", files.size());
    measure("DCMTK's parser and JSON", files, rounds, dcmtk_json);
    measure("JSON from the bytes", files, rounds, json);
    measure("XML from the bytes", files, rounds, xml);
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    return 0;
}
