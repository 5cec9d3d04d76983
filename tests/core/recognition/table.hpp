// Text tables of cases: tab separated, '#' begins a comment line, "-" is an empty cell.
#pragma once

#include "core/recognition/rules.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace recog::recognition {

inline std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);) {
        parts.push_back(part);
    }
    return parts;
}

struct Row {
    std::size_t line = 0;
    std::vector<std::string> cells;
};

inline std::vector<Row> read_table(const std::string& name, std::size_t columns) {
    const std::string path = std::string(TESTDATA_DIR) + "/recognition/" + name;
    std::ifstream file(path);
    std::vector<Row> rows;
    std::size_t line = 0;
    for (std::string text; std::getline(file, text);) {
        ++line;
        if (text.empty() || text.front() == '#') {
            continue;
        }
        Row row{line, split(text, '\t')};
        for (std::string& cell : row.cells) {
            cell = cell == "-" ? "" : cell;
        }
        if (row.cells.size() != columns) {
            throw std::runtime_error(path + ":" + std::to_string(line) + ": wrong number of columns");
        }
        rows.push_back(std::move(row));
    }
    if (rows.empty()) {
        throw std::runtime_error(path + " is absent or empty");
    }
    return rows;
}

inline std::string read_whole(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline Catalogue shipped_catalogue() {
    auto read = Catalogue::parse(read_whole(std::string(SOURCE_DIR) + "/dicom-conf/catalogue.json"));
    if (!read) {
        throw std::runtime_error(read.failure().text);
    }
    return std::move(read).value();
}

inline Institutions shipped_institutions() {
    auto read = Institutions::parse(read_whole(std::string(SOURCE_DIR) + "/dicom-conf/institutions.json"));
    if (!read) {
        throw std::runtime_error(read.failure().text);
    }
    return std::move(read).value();
}

} // namespace recog::recognition
