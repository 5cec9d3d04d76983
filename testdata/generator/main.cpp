// region_generator: writes the demonstration region or benchmark studies. Progress goes to stderr.
// Exit codes: 0 written, 1 could not be written, 2 the command line is wrong.
#include "testdata/generator/region.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdict.h>

#include <array>
#include <charconv>
#include <exception>
#include <iostream>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace recog;
using namespace recog::generator;

constexpr std::string_view help_text = R"(Usage:
  region_generator region --output DIR [--slices 200] [--size 512] [--today YYYYMMDD] [--character-set NAME]
  region_generator ct     --output DIR [--slices 300] [--size 512] [--patients 1] [--studies 1] [--today YYYYMMDD]

region  three hospitals, five persons, 18 studies with images and reports:
        DIR/<sending AE title>/<study>/*.dcm and DIR/manifest.json
ct      plain chest CT studies for benchmarks, one health card a patient:
        DIR/H001_CT/<patient>_<study>/*.dcm and DIR/manifest.json

  --output DIR       an empty or a new folder
  --slices N         images of a CT, 1 to 2000 (in the region: of the largest)
  --size N           rows and columns of a CT image, 16 to 1024; an MR has half, a radiograph twice as many
  --patients N       1 to 100000
  --studies N        studies of each patient, 1 to 1000
  --today YYYYMMDD   the day from which study dates count back; default: today
  --character-set N  utf8, gb18030, gbk or ir58 for every study; default: they vary
  --help             this text

The same arguments give the same bytes and UIDs.
)";

struct Arguments {
    bool region = true;
    std::string output;
    std::optional<int> slices;
    int size = 512;
    int patients = 1;
    int studies = 1;
    Day today = SystemClock().today();
    std::optional<CharacterSet> character_set;
};

Result<int> read_number(std::string_view option, std::string_view text, int low, int high) {
    int number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || end != text.data() + text.size() || number < low || number > high) {
        return error(ErrorKind::BadRequest, std::string(option) + " takes a number from " +
                                                std::to_string(low) + " to " + std::to_string(high) + ".");
    }
    return number;
}

template <typename Target>
Status set_number(Target& target, std::string_view option, std::string_view text, int low, int high) {
    const Result<int> number = read_number(option, text, low, high);
    if (!number) {
        return number.failure();
    }
    target = *number;
    return {};
}

Status set_day(Arguments& arguments, std::string_view text) {
    const auto day = parse_day(text);
    if (!day) {
        return error(ErrorKind::BadRequest, "--today takes a day as YYYYMMDD.");
    }
    arguments.today = *day;
    return {};
}

Status set_character_set(Arguments& arguments, std::string_view text) {
    constexpr std::array<std::pair<std::string_view, CharacterSet>, 4> names{
        {{"utf8", CharacterSet::Utf8},
         {"gb18030", CharacterSet::Gb18030},
         {"gbk", CharacterSet::Gbk},
         {"ir58", CharacterSet::Iso2022Ir58}}};
    for (const auto& [name, character_set] : names) {
        if (name == text) {
            arguments.character_set = character_set;
            return {};
        }
    }
    return error(ErrorKind::BadRequest, "--character-set takes utf8, gb18030, gbk or ir58.");
}

Status set_option(Arguments& arguments, std::string_view option, std::string_view value) {
    if (option == "--output") {
        arguments.output = value;
        return {};
    }
    if (option == "--slices") {
        return set_number(arguments.slices, option, value, 1, 2000);
    }
    if (option == "--size") {
        return set_number(arguments.size, option, value, 16, 1024);
    }
    if (option == "--patients" && !arguments.region) {
        return set_number(arguments.patients, option, value, 1, 100000);
    }
    if (option == "--studies" && !arguments.region) {
        return set_number(arguments.studies, option, value, 1, 1000);
    }
    if (option == "--today") {
        return set_day(arguments, value);
    }
    if (option == "--character-set" && arguments.region) {
        return set_character_set(arguments, value);
    }
    return error(ErrorKind::BadRequest, "There is no option " + std::string(option) + " here; see --help.");
}

Result<Arguments> read_arguments(const std::vector<std::string_view>& words) {
    Arguments arguments;
    if (words.empty() || (words.front() != "region" && words.front() != "ct")) {
        return error(ErrorKind::BadRequest, "Say what to write: region or ct; see --help.");
    }
    arguments.region = words.front() == "region";
    for (std::size_t i = 1; i < words.size(); i += 2) {
        if (i + 1 == words.size()) {
            return error(ErrorKind::BadRequest, std::string(words[i]) + " needs a value; see --help.");
        }
        if (const Status status = set_option(arguments, words[i], words[i + 1]); !status) {
            return status.failure();
        }
    }
    if (arguments.output.empty()) {
        return error(ErrorKind::BadRequest, "--output DIR is missing; see --help.");
    }
    return arguments;
}

Status write(const Arguments& arguments) {
    if (!dcmDataDict.isDictionaryLoaded()) {
        return error(ErrorKind::Configuration,
                     "DCMTK finds no data dictionary; install the package libdcmtk17 or set DCMDICTPATH.");
    }
    const Progress progress = [](const std::string& sentence) { std::cerr << sentence << std::endl; };
    if (arguments.region) {
        return write_region({arguments.output, arguments.slices.value_or(200), arguments.size,
                             arguments.today, arguments.character_set},
                            progress);
    }
    return write_benchmark_ct({arguments.output, arguments.slices.value_or(300), arguments.size,
                               arguments.patients, arguments.studies, arguments.today},
                              progress);
}

int run(const std::vector<std::string_view>& words) {
    for (const std::string_view word : words) {
        if (word == "--help" || word == "-h") {
            std::cout << help_text;
            return 0;
        }
    }
    const Result<Arguments> arguments = read_arguments(words);
    if (!arguments) {
        std::cerr << "region_generator: " << arguments.failure().text << '\n';
        return 2;
    }
    if (const Status status = write(*arguments); !status) {
        std::cerr << "region_generator: " << status.failure().text << '\n';
        return 1;
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run(std::vector<std::string_view>(argv + 1, argv + argc));
    } catch (const std::exception& broken) {
        std::cerr << "region_generator: " << broken.what() << '\n';
        return 1;
    }
}
