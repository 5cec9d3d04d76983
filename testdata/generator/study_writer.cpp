#include "testdata/generator/study_writer.hpp"

#include "testdata/generator/determinism.hpp"

#include <array>
#include <cstdio>
#include <optional>
#include <system_error>

namespace recog::generator {
namespace {

std::string file_name(const char* prefix, int number) {
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "%s%04d.dcm", prefix, number);
    return name.data();
}

/// Collects what is written; after the first failure nothing more is tried.
class StudyWriter {
public:
    StudyWriter(const Study& study, const Phantoms& phantoms, ImageSize size,
                const std::filesystem::path& output)
        : study_(study), phantoms_(phantoms), size_(size), output_(output) {
        written_.study = study;
    }

    Result<WrittenStudy> write() {
        write_images();
        write_reports();
        if (!status_) {
            return status_.failure();
        }
        return std::move(written_);
    }

private:
    Series series(int number, std::string description) const {
        return {stable_uid(study_.seed + "/series/" + std::to_string(number)), number,
                std::move(description)};
    }

    std::string seed(const char* what, int number) const {
        return study_.seed + "/" + what + "/" + std::to_string(number);
    }

    void begin_part(std::string ae_title) {
        WrittenPart part{ae_title, ae_title + "/" + study_.plan->key, {}};
        std::error_code failure;
        std::filesystem::create_directories(output_ / part.folder, failure);
        if (failure) {
            status_ = error(ErrorKind::Storage, "Cannot make folder " + (output_ / part.folder).string() +
                                                    ": " + failure.message() + ".");
        }
        written_.parts.push_back(std::move(part));
    }

    void save_object(DcmFileFormat& file, const std::string& name) {
        WrittenPart& part = written_.parts.back();
        if (status_) {
            status_ = save(file, study_, output_ / part.folder / name);
        }
        part.files.push_back(name);
    }

    void add_image(DcmFileFormat& file, ObjectReference object) {
        images_.push_back(std::move(object));
        ++written_.images;
        save_object(file, file_name("IM", static_cast<int>(images_.size())));
    }

    void write_images() {
        if (study_.plan->kind == StudyKind::NoImages) {
            return;
        }
        begin_part(image_ae(study_));
        switch (study_.plan->kind) {
        case StudyKind::ChestCt:
        case StudyKind::ChestCtContrast:
            write_ct_series(phantoms_.chest,
                            chest_ct_protocol(study_.plan->kind == StudyKind::ChestCtContrast));
            break;
        case StudyKind::HeadCt:
            write_ct_series(phantoms_.head, head_ct_protocol());
            break;
        case StudyKind::HeadMr:
            write_mr_series(series(1, "T1WI"), MrWeighting::T1);
            write_mr_series(series(2, "T2WI"), MrWeighting::T2);
            break;
        case StudyKind::ChestDr:
        case StudyKind::HandDr:
            write_radiograph();
            break;
        case StudyKind::NoImages:
            break;
        }
    }

    void write_ct_series(const Body& body, const CtProtocol& protocol) {
        const Series axial = series(1, "Axial");
        const double thickness = (protocol.high_z - protocol.low_z) / study_.plan->slices;
        for (int number = 1; number <= study_.plan->slices && status_.ok(); ++number) {
            const CutPlace place{number, protocol.high_z - (number - 0.5) * thickness, thickness};
            DcmFileFormat file;
            add_image(file, write_ct(file, study_, axial, place,
                                     ct_plane(body, protocol, phantoms_.noise, size_.ct, place.z,
                                              seed("ct", number))));
        }
    }

    void write_mr_series(const Series& weighted, MrWeighting weighting) {
        const bool t1 = weighting == MrWeighting::T1;
        const double thickness = 140.0 / study_.plan->slices;
        for (int number = 1; number <= study_.plan->slices && status_.ok(); ++number) {
            const CutPlace place{number, 80 - (number - 0.5) * thickness, thickness};
            DcmFileFormat file;
            add_image(file, write_mr(file, study_, weighted, place, weighting,
                                     mr_plane(phantoms_.head, t1 ? head_t1() : head_t2(), phantoms_.noise,
                                              size_.mr(), place.z, seed(t1 ? "t1" : "t2", number))));
        }
    }

    void write_radiograph() {
        DcmFileFormat file;
        if (study_.plan->kind == StudyKind::ChestDr) {
            add_image(file, write_dx(file, study_, series(1, "PA"),
                                     chest_radiograph(phantoms_.chest, phantoms_.noise, size_.radiograph(),
                                                      seed("dr", 1))));
        } else {
            add_image(file, write_cr(file, study_, series(1, "PA"),
                                     hand_radiograph(phantoms_.noise, size_.radiograph(), seed("cr", 1))));
        }
    }

    void write_reports() {
        if (study_.plan->reports.empty()) {
            return;
        }
        begin_part(report_ae(study_));
        std::optional<ObjectReference> before;
        int number = 0;
        for (const PlannedReport& planned : study_.plan->reports) {
            Report report{planned, ++number, images_, std::nullopt};
            if (planned.status == ReportStatus::Amended) {
                report.predecessor = before;
            }
            DcmFileFormat file;
            const bool pdf = planned.form == ReportForm::Pdf;
            before = pdf ? write_pdf_report(file, study_, report) : write_text_report(file, study_, report);
            const std::string name = file_name(pdf ? "PDF" : "SR", number);
            save_object(file, name);
            written_.reports.push_back(
                {before->sop_instance_uid, written_.parts.back().folder + "/" + name, planned});
        }
    }

    const Study& study_;
    const Phantoms& phantoms_;
    ImageSize size_;
    const std::filesystem::path& output_;
    Status status_;
    WrittenStudy written_;
    std::vector<ObjectReference> images_;
};

} // namespace

Result<WrittenStudy> write_study_files(const Study& study, const Phantoms& phantoms, ImageSize size,
                                       const std::filesystem::path& output) {
    return StudyWriter(study, phantoms, size, output).write();
}

} // namespace recog::generator
