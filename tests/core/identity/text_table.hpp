// Reads the text tables of cases: tab-separated, # begins a line of comment, a lone . is an empty field.
#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace recog::identity::test {

inline std::vector<std::string> split(const std::string& text, const std::string& separator) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    for (;;) {
        const auto end = text.find(separator, begin);
        parts.push_back(text.substr(begin, end - begin));
        if (end == std::string::npos) {
            return parts;
        }
        begin = end + separator.size();
    }
}

inline std::vector<std::vector<std::string>> read_table(const std::string& name, std::size_t columns) {
    std::ifstream file(std::string(TESTDATA_DIR) + "/identity/" + name);
    REQUIRE(file.is_open());
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line.front() == '#') {
            continue;
        }
        auto cells = split(line, "\t");
        CAPTURE(line);
        REQUIRE(cells.size() == columns);
        for (auto& cell : cells) {
            cell = cell == "." ? std::string() : cell;
        }
        rows.push_back(std::move(cells));
    }
    REQUIRE_FALSE(rows.empty());
    return rows;
}

inline std::string read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file.is_open());
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

} // namespace recog::identity::test
