// The index in one SQLite file. The only user of the SQLite library.
#pragma once

#include "core/index/database.hpp"
#include "core/index/sqlite/checkpointer.hpp"

#include <string>

namespace recog::index {

struct SqliteSettings {
    std::string path;
    /// Page cache of each connection, in KiB. A reader's holds hardly more than one question: SQLite drops it
    /// with each commit of another connection, and the kernel's cache stands behind it.
    int cache_kib = 4 * 1024;
    /// How long a writer waits for another process's lock, in milliseconds.
    int busy_timeout_ms = 5000;
    /// Of the write-ahead log.
    Checkpointer::Limits log = {};
    /// For filling a file that nobody reads yet: no journal, no fsync, sorting on disk and on both cores. A
    /// crash leaves garbage.
    bool bulk_load = false;
};

/// Opens or makes the file, in WAL mode with synchronous=NORMAL: a killed process loses nothing that was
/// committed, a power cut may lose the newest transactions, and Orthanc's own log of changes brings those
/// back (ARCHITECTURE.md, durability). Fails with ErrorKind::Configuration when the file cannot be used.
Result<std::unique_ptr<Database>> open_sqlite(const SqliteSettings& settings);

} // namespace recog::index
