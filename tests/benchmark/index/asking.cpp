#include "tests/benchmark/index/asking.hpp"

#include "tests/benchmark/index/node_parts.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <numeric>
#include <thread>

namespace recog::bench {

namespace tags = dicom::tags;
using dicom::Level;
using service::PriorQuery;
using Clock = std::chrono::steady_clock;

namespace {

double microseconds_since(Clock::time_point begin) {
    return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

double thread_microseconds() {
    timespec spent{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return static_cast<double>(spent.tv_sec) * 1e6 + static_cast<double>(spent.tv_nsec) / 1e3;
}

/// Of one question.
class Stopwatch {
public:
    void put_into(Samples& samples) const {
        samples.times.push_back(microseconds_since(begin_));
        samples.cpu.push_back(thread_microseconds() - cpu_);
    }

private:
    double cpu_ = thread_microseconds();
    Clock::time_point begin_ = Clock::now();
};

/// Neighbours in number are no neighbours here.
std::uint64_t scatter(std::uint64_t n) {
    return n * 7919 + 13;
}

PriorQuery base(Level level) {
    PriorQuery query;
    query.level = level;
    query.asker.aet = "H000_CT";
    query.asker.institution = hospital_code(0);
    query.recognition = level == Level::Study;
    for (const dicom::Tag tag : {tags::PatientName, tags::PatientBirthDate, tags::PatientID}) {
        query.keys.set(tag, "");
    }
    if (level >= Level::Study) {
        for (const dicom::Tag tag :
             {tags::StudyDate, tags::StudyTime, tags::StudyInstanceUID, tags::StudyDescription,
              tags::ModalitiesInStudy, tags::AccessionNumber, tags::NumberOfStudyRelatedInstances}) {
            query.keys.set(tag, "");
        }
    }
    return query;
}

PriorQuery with(PriorQuery query, dicom::Tag tag, const std::string& value) {
    query.keys.set(tag, value);
    return query;
}

PriorQuery by_local_id(const Region& region, std::uint64_t study) {
    PriorQuery query = base(Level::Study);
    query.asker.institution = hospital_code(hospital_of(study));
    return with(query, tags::PatientID, local_id(person_of(study, region.persons), hospital_of(study)));
}

} // namespace

Timing timing_of(const std::string& name, Samples samples) {
    std::vector<double>& times = samples.times;
    std::sort(times.begin(), times.end());
    std::sort(samples.cpu.begin(), samples.cpu.end());
    const auto count = static_cast<double>(times.size());
    Timing timing;
    timing.name = name;
    timing.p50 = times[times.size() / 2];
    timing.p99 = times[times.size() * 99 / 100];
    timing.mean = std::accumulate(times.begin(), times.end(), 0.0) / count;
    timing.most = times.back();
    timing.cpu = samples.cpu[samples.cpu.size() / 2];
    timing.answers = static_cast<double>(samples.answers) / count;
    timing.per_second = count / samples.seconds;
    return timing;
}

PriorQuery by_card(std::uint64_t person, bool verdict) {
    PriorQuery query = with(base(Level::Study), tags::PatientID, citizen_card(person));
    query.recognition = verdict;
    return query;
}

Timing Asking::measure(const std::string& name, std::size_t count, const Ask& ask) const {
    Samples samples;
    const std::size_t warming = count / 10;
    auto begin = Clock::now();
    for (std::size_t n = 0; n < warming + count; ++n) {
        begin = n == warming ? Clock::now() : begin;
        const Stopwatch watch;
        const std::uint64_t given = ask(scatter(n));
        if (n >= warming) {
            watch.put_into(samples);
            samples.answers += given;
        }
    }
    samples.seconds = microseconds_since(begin) / 1e6;
    return timing_of(name, std::move(samples));
}

Asking::Ask Asking::found(const std::function<PriorQuery(std::uint64_t)>& make) const {
    return [this, make](std::uint64_t n) {
        std::uint64_t given = 0;
        static_cast<void>(
            must(priors_.find(make(n), [&given](service::PriorAnswer&) { return ++given > 0; })));
        return given;
    };
}

Asking::Ask Asking::first(const std::function<PriorQuery(std::uint64_t)>& make) const {
    return [this, make](std::uint64_t n) {
        std::uint64_t given = 0;
        static_cast<void>(
            must(priors_.find(make(n), [&given](service::PriorAnswer&) { return ++given < 1; })));
        return given;
    };
}

std::vector<Timing> Asking::narrow() const {
    const Region& region = region_;
    const auto uid = [&region](std::uint64_t n) { return study_uid(n % region.studies); };
    std::vector<Timing> table;
    const auto add = [&](const std::string& name, const Ask& ask) {
        table.push_back(measure(name, repeat_, ask));
    };
    add("card, with verdict", found([&](std::uint64_t n) { return by_card(n % region.persons, true); }));
    add("card, no verdict", found([&](std::uint64_t n) { return by_card(n % region.persons, false); }));
    add("number nobody has", found([&](std::uint64_t n) {
            return with(base(Level::Study), tags::PatientID, "X" + citizen_card(n));
        }));
    add("own local number", found([&](std::uint64_t n) { return by_local_id(region, n % region.studies); }));
    add("study UID",
        found([&](std::uint64_t n) { return with(base(Level::Study), tags::StudyInstanceUID, uid(n)); }));
    add("series of a study", found([&](std::uint64_t n) {
            return with(with(base(Level::Series), tags::StudyInstanceUID, uid(n)), tags::SeriesInstanceUID,
                        "");
        }));
    add("instances of a series", found([&](std::uint64_t n) {
            return with(base(Level::Instance), tags::SeriesInstanceUID, uid(n) + ".2");
        }));
    add("C-MOVE of a study", [&](std::uint64_t n) {
        service::RetrieveQuery query;
        query.study_uids = {uid(n)};
        return must(retrieve_.select(query)).size();
    });
    add("reports of a person", [&](std::uint64_t n) {
        return must(reports_.by_card(citizen_card(n % region.persons), "", {})).size();
    });
    return table;
}

std::vector<Timing> Asking::broad() const {
    const std::size_t count = std::max<std::size_t>(20, repeat_ / 10);
    std::vector<Timing> table;
    const auto add = [&](const std::string& name, const std::function<PriorQuery(std::uint64_t)>& make) {
        table.push_back(measure(name, count, first(make)));
    };
    const auto study = [](dicom::Tag tag, const std::string& value) {
        return with(base(Level::Study), tag, value);
    };
    add("a day", [&](std::uint64_t n) { return study(tags::StudyDate, study_date(n)); });
    add("a month", [&](std::uint64_t n) {
        const std::string month = study_date(n).substr(0, 6);
        return study(tags::StudyDate, month + "01-" + month + "28");
    });
    add("modality CT", [&](std::uint64_t) { return study(tags::ModalitiesInStudy, "CT"); });
    add("modality PT (rare)", [&](std::uint64_t) { return study(tags::ModalitiesInStudy, kRareModality); });
    add("modality CT and a day", [&](std::uint64_t n) {
        return with(study(tags::ModalitiesInStudy, "CT"), tags::StudyDate, study_date(n));
    });
    add("name 张*", [&](std::uint64_t) { return study(tags::PatientName, "张*"); });
    add("name 张* and a day", [&](std::uint64_t n) {
        return with(study(tags::PatientName, "张*"), tags::StudyDate, study_date(n));
    });
    add("name 张* and PT (rare)", [&](std::uint64_t) {
        return with(study(tags::PatientName, "张*"), tags::ModalitiesInStudy, kRareModality);
    });
    add("patients 张*", [&](std::uint64_t) { return with(base(Level::Patient), tags::PatientName, "张*"); });
    add("series of modality CT",
        [&](std::uint64_t) { return with(base(Level::Series), tags::Modality, "CT"); });
    add("everything", [&](std::uint64_t) { return base(Level::Study); });
    return table;
}

Timing Asking::cards(const std::string& name, std::size_t count) const {
    return measure(name, count, found([&](std::uint64_t n) {
                       return by_card((n * 104'729 + 7) % region_.persons, true);
                   }));
}

Timing Asking::selection(const std::string& name, const std::string& uid, std::size_t count) const {
    return measure(name, count, [&](std::uint64_t) {
        service::RetrieveQuery query;
        query.study_uids = {uid};
        return must(retrieve_.select(query)).size();
    });
}

Timing ask_at_once(const service::PriorService& priors, const Region& region, const std::string& name,
                   std::size_t threads, double seconds) {
    std::vector<Samples> samples(threads);
    const auto begin = Clock::now();
    std::vector<std::thread> askers;
    for (std::size_t asker = 0; asker < threads; ++asker) {
        askers.emplace_back([&, asker] {
            Samples& mine = samples[asker];
            for (std::uint64_t n = asker; microseconds_since(begin) < seconds * 1e6; n += threads) {
                const PriorQuery query = by_card(scatter(n) % region.persons, true);
                const Stopwatch watch;
                static_cast<void>(
                    must(priors.find(query, [&mine](service::PriorAnswer&) { return ++mine.answers > 0; })));
                watch.put_into(mine);
            }
        });
    }
    for (std::thread& asker : askers) {
        asker.join();
    }
    Samples all;
    all.seconds = microseconds_since(begin) / 1e6;
    for (const Samples& some : samples) {
        all.times.insert(all.times.end(), some.times.begin(), some.times.end());
        all.cpu.insert(all.cpu.end(), some.cpu.begin(), some.cpu.end());
        all.answers += some.answers;
    }
    return timing_of(name, std::move(all));
}

} // namespace recog::bench
