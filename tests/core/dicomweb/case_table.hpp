// Text tables of cases: one row a line, cells split by tabs, '#' begins a comment line.
#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

namespace recog::test {

inline std::vector<std::vector<std::string>> read_table(const std::string& name, std::size_t cells) {
    std::ifstream in(std::string(TESTDATA_DIR) + "/dicomweb/" + name);
    REQUIRE(in.good());
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line[0] == '#') {
            continue;
        }
        std::vector<std::string> row(1);
        for (const char c : line) {
            if (c == '\t') {
                row.emplace_back();
            } else {
                row.back() += c;
            }
        }
        row.resize(std::max(cells, row.size()));
        rows.push_back(std::move(row));
    }
    CHECK_FALSE(rows.empty());
    return rows;
}

} // namespace recog::test
