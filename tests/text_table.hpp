// Text tables of test cases: columns by tabs, '#' begins a line of comment, empty lines are skipped.
#pragma once

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace recog::test {

struct Row {
    int line = 0;
    std::vector<std::string> columns;
    const std::string& operator[](std::size_t i) const { return columns[i]; }
};

/// Throws when the file cannot be read, or a row has fewer columns. Missing text at the end of a row is
/// empty.
inline std::vector<Row> read_table(const std::string& path, std::size_t columns) {
    std::ifstream file(path);
    if (!file) {
        throw std::runtime_error("cannot read " + path);
    }
    std::vector<Row> rows;
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
        if (line.empty() || line[0] == '#') {
            continue;
        }
        Row row{number, {}};
        for (std::size_t begin = 0; begin <= line.size();) {
            const std::size_t end = std::min(line.find('\t', begin), line.size());
            row.columns.push_back(line.substr(begin, end - begin));
            begin = end + 1;
        }
        if (row.columns.size() < columns) {
            throw std::runtime_error(path + " line " + std::to_string(number) + " has too few columns");
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

inline std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

/// <LF> <CR> <FF> <TAB> <NUL> become the control characters.
inline std::string with_controls(std::string text) {
    using Named = std::pair<std::string_view, char>;
    for (const auto& [name, control] : {Named{"<LF>", '\n'}, Named{"<CR>", '\r'}, Named{"<FF>", '\f'},
                                        Named{"<TAB>", '\t'}, Named{"<NUL>", '\0'}}) {
        for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos; ++at) {
            text.replace(at, name.size(), 1, control);
        }
    }
    return text;
}

} // namespace recog::test
