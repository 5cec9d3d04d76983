// bench_send HOST PORT AET FOLDER [TIMES [ASSOCIATIONS [KEEP_MS]]]: sends the DICOM files of a folder through
// the send engine and prints, for each time, "SECONDS first SECONDS": until all, and until the first instance
// was answered. ASSOCIATIONS is the most for the request (2), KEEP_MS how long they are kept in between (0).
// Driven by bench_wire.py and bench_retrieve.py.
#include "plugin/dimse/send_engine.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dcmtk/dcmdata/dctk.h>
#include <fcntl.h>
#include <filesystem>
#include <sys/mman.h>
#include <unistd.h>

using namespace recog;
using namespace recog::dimse;

namespace {

class Mapped final : public InstanceBytes {
public:
    Mapped(void* data, std::size_t size) : data_(data), size_(size) {}
    ~Mapped() override { ::munmap(data_, size_); }
    Mapped(const Mapped&) = delete;
    Mapped& operator=(const Mapped&) = delete;
    std::span<const std::byte> bytes() const override {
        return {static_cast<const std::byte*>(data_), size_};
    }

private:
    void* data_;
    std::size_t size_;
};

class Folder final : public InstanceSource {
public:
    Result<std::unique_ptr<InstanceBytes>> open(const StoredInstance& instance) override {
        const int file = ::open(instance.orthanc_id.c_str(), O_RDONLY | O_CLOEXEC);
        void* data = ::mmap(nullptr, instance.size, PROT_READ, MAP_SHARED | MAP_POPULATE, file, 0);
        ::close(file);
        if (data == MAP_FAILED) {
            return error(ErrorKind::Storage, "A file cannot be read");
        }
        return std::unique_ptr<InstanceBytes>(std::make_unique<Mapped>(data, instance.size));
    }
    Result<std::unique_ptr<InstanceBytes>> transcode(const StoredInstance&, const std::string&) override {
        return error(ErrorKind::NotAcceptable, "No transcoding here");
    }
};

class Printer final : public Logger {
public:
    void info(const std::string&) override {}
    void warning(const std::string& sentence) override { std::fprintf(stderr, "%s\n", sentence.c_str()); }
    void error(const std::string& sentence) override { std::fprintf(stderr, "%s\n", sentence.c_str()); }
};

std::vector<StoredInstance> list(const char* folder) {
    std::vector<StoredInstance> instances;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        DcmFileFormat file;
        if (file.loadFileUntilTag(entry.path().c_str(), EXS_Unknown, EGL_noChange, DCM_MaxReadLength,
                                  ERM_autoDetect, DCM_PatientName)
                .bad()) {
            continue;
        }
        OFString sop_class;
        OFString uid;
        OFString syntax;
        file.getMetaInfo()->findAndGetOFString(DCM_MediaStorageSOPClassUID, sop_class);
        file.getMetaInfo()->findAndGetOFString(DCM_MediaStorageSOPInstanceUID, uid);
        file.getMetaInfo()->findAndGetOFString(DCM_TransferSyntaxUID, syntax);
        instances.push_back(
            {entry.path().string(), sop_class.c_str(), uid.c_str(), syntax.c_str(), entry.file_size()});
    }
    std::sort(instances.begin(), instances.end(),
              [](const auto& a, const auto& b) { return a.orthanc_id < b.orthanc_id; });
    return instances;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 5) {
        std::fprintf(stderr, "bench_send HOST PORT AET FOLDER [TIMES [ASSOCIATIONS [KEEP_MS]]]\n");
        return 2;
    }
    Destination destination;
    destination.host = argv[1];
    destination.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
    destination.aet = argv[3];
    destination.local_aet = "BENCH";
    OFLog::configure(OFLogger::ERROR_LOG_LEVEL); // "skipping rest of dataset" is what was asked for
    const auto instances = list(argv[4]);
    SendLimits limits;
    limits.associations_per_request = argc > 6 ? static_cast<std::size_t>(std::atoi(argv[6])) : 2;
    limits.keep = std::chrono::milliseconds(argc > 7 ? std::atoi(argv[7]) : 0);
    Folder source;
    Printer printer;
    SendEngine engine(limits, printer);
    for (int times = argc > 5 ? std::atoi(argv[5]) : 1; times > 0; --times) {
        const auto begin = std::chrono::steady_clock::now();
        const auto seconds = [&begin] {
            return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        };
        const auto operation = engine.start(destination, instances, source, {});
        if (const Status opened = operation->opened(); !opened) {
            std::fprintf(stderr, "%s\n", opened.failure().text.c_str());
            return 1;
        }
        constexpr std::chrono::seconds LONG{60};
        operation->wait_for_progress(0, LONG);
        const double first = seconds();
        operation->results();
        std::printf("%.4f first %.4f\n", seconds(), first);
        if (operation->progress().completed != instances.size()) {
            return 1;
        }
    }
    return 0;
}
