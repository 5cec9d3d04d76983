// qido_bench --database FILE [--store N] [--count N]: QIDO-RS over an index of a generated region
// (fill_index), from a request's parsed URL to its finished response, without Orthanc and without sockets. N
// instances a second are stored meanwhile and every search waits for what was told before it, as in the node;
// they are deleted at the end. Prints one line of JSON for each kind of search: microseconds.
#include "core/dicomweb/uri.hpp"
#include "plugin/rest/dicomweb_routes.hpp"
#include "tests/benchmark/index/ingesting.hpp"

#include <algorithm>

using namespace recog;
using recog::bench::must;
using recog::bench::stop;

namespace {

struct Options {
    std::string database;
    std::uint64_t per_second = 0;
    std::uint64_t count = 2000;
};

Options read_options(int count, char** arguments) {
    Options options;
    const std::string usage = "qido_bench --database FILE [--store N] [--count N]";
    bench::read_options(
        count, arguments,
        {{"--database", &options.database}, {"--store", &options.per_second}, {"--count", &options.count}},
        usage);
    if (options.database.empty() || options.count == 0) {
        stop("usage: " + usage);
    }
    return options;
}

class Searching {
public:
    Searching(const rest::DicomWebRoutes& routes, const service::Asker& asker)
        : routes_(routes), asker_(asker) {}

    void measure(const std::string& name, unsigned long count,
                 const std::function<std::string(std::uint64_t)>& query) const {
        std::vector<double> times;
        std::size_t bytes = 0;
        for (std::uint64_t n = 0; n < count; ++n) {
            const std::string text = query(n * 104'729 + 7);
            const auto begin = std::chrono::steady_clock::now();
            dicomweb::Request request;
            request.segments = {"studies"};
            request.query = must(dicomweb::parse_query(text));
            const auto response = routes_.handle(request, "http://node/dicom-web", asker_);
            const auto end = std::chrono::steady_clock::now();
            if (response.status != 200) {
                stop("a search was refused: " + name);
            }
            times.push_back(std::chrono::duration<double, std::micro>(end - begin).count());
            bytes += response.body.size().value_or(0);
        }
        std::sort(times.begin(), times.end());
        const auto at = [&times](double part) {
            return times[static_cast<std::size_t>(static_cast<double>(times.size() - 1) * part)];
        };
        std::printf("{\"search\": \"%s\", \"count\": %zu, \"p50\": %.0f, \"p99\": %.0f, \"most\": %.0f, "
                    "\"bytes\": %zu}\n",
                    name.c_str(), times.size(), at(0.5), at(0.99), times.back(), bytes / times.size());
        std::fflush(stdout);
    }

private:
    const rest::DicomWebRoutes& routes_;
    const service::Asker& asker_;
};

void measure_all(const Searching& searching, std::uint64_t persons, std::int64_t studies,
                 unsigned long count) {
    const std::string also = "&includefield=ModalitiesInStudy,StudyDescription&limit=25&offset=0";
    const auto card = [persons](std::uint64_t n) { return "PatientID=" + bench::citizen_card(n % persons); };
    const auto broad = std::max(20UL, count / 20);
    const auto fixed = [](const std::string& query) { return [query](std::uint64_t) { return query; }; };
    searching.measure("card, pages touched first", count, [&](std::uint64_t n) { return card(n) + also; });
    searching.measure("card", count, [&](std::uint64_t n) { return card(n) + also; });
    searching.measure("card, with verdicts", count, [&](std::uint64_t n) {
        return card(n) + also + "&0B010010=RECOGNITION%201.0&includefield=0B011001";
    });
    searching.measure("card in Other Patient IDs Sequence", count, [&](std::uint64_t n) {
        return "00101002.00100020=" + bench::citizen_card(n % persons) + also;
    });
    searching.measure("card, second page of 2", count,
                      [&](std::uint64_t n) { return card(n) + "&limit=2&offset=2"; });
    searching.measure("a day, limit 25", broad,
                      [](std::uint64_t n) { return "StudyDate=" + bench::study_date(n) + "&limit=25"; });
    searching.measure("a day and a modality, limit 25", broad, [](std::uint64_t n) {
        return "ModalitiesInStudy=CT&StudyDate=" + bench::study_date(n) + "&limit=25";
    });
    searching.measure("everything, limit 101", broad, fixed("limit=101&offset=0"));
    searching.measure("a modality, limit 25", broad, fixed("ModalitiesInStudy=CT&limit=25"));
    searching.measure("a common family name, limit 25", broad, fixed("PatientName=%E5%BC%A0*&limit=25"));
    searching.measure("a name by sound, limit 25", broad,
                      fixed("PatientName=zhang*&fuzzymatching=true&limit=25"));
    const std::string middle = std::to_string(studies / 2);
    searching.measure("everything, offset " + middle, 20, fixed("limit=25&offset=" + middle));
    searching.measure("a modality, offset " + std::to_string(studies / 10), 20,
                      fixed("ModalitiesInStudy=CT&limit=25&offset=" + std::to_string(studies / 10)));
    searching.measure("a common family name, offset 2000", 5,
                      fixed("PatientName=%E5%BC%A0*&limit=25&offset=2000"));
}

void run(const Options& options) {
    bench::NodeOverIndex node(options.database);
    const rest::DicomWebRoutes routes(node.priors, node.archive);
    service::Asker asker;
    asker.institution = bench::hospital_code(0);
    std::printf("{\"persons\": %lld, \"studies\": %lld, \"stored a second\": %lu}\n",
                static_cast<long long>(node.counts.persons), static_cast<long long>(node.counts.studies),
                options.per_second);
    bench::Ingesting storing(node.ingest, node.persons, options.per_second);
    measure_all(Searching(routes, asker), node.persons, node.counts.studies, options.count);
    std::printf("{\"stored\": %zu, \"peak MiB\": %.0f}\n", storing.finish(), bench::memory_mib("VmHWM"));
}

} // namespace

int main(int count, char** arguments) {
    run(read_options(count, arguments));
    return 0;
}
