// Asks the archive where it keeps the files that the index has no place of yet, in the pauses of whoever
// writes the index, so that a retrieval need not ask for each file. Of the writing thread alone.
#pragma once

#include "core/index/index_writer.hpp"
#include "core/service/archive.hpp"

#include <functional>
#include <utility>

namespace recog::service {

/// An instance that has just been stored, and its file.
struct NamedFile {
    std::string orthanc_id;
    std::string institution; ///< code of the institution that made the exam
    Uuid file;
};

class FileNaming {
public:
    /// Told of each file that can be read in place, on the writing thread, which waits for it.
    using OnNamed = std::function<void(const NamedFile&)>;

    /// So many are asked for and written together; fewer wait for a pause.
    static constexpr std::size_t kTogether = 32;

    FileNaming(index::IndexWriter& writer, Archive& archive) : writer_(writer), archive_(archive) {}

    /// Look at all of the index: something in it may have no place.
    void look_at_all() {
        waiting_ = kTogether;
        looks_at_all_ = true;
    }
    /// So many instances have been written without one.
    void expect(std::size_t instances) { waiting_ += instances; }
    /// To be written with the next ones.
    void learn(std::vector<index::IndexEvent> located);

    /// At most once, before the first step.
    void on_named(OnNamed named) { on_named_ = std::move(named); }

    bool has_work() const { return waiting_ > 0 || !located_.empty(); }
    bool is_due() const { return waiting_ >= kTogether || !to_ask_.empty() || located_.size() >= kTogether; }
    /// One question or one small transaction. Errors: Storage; nothing is lost by one.
    Status step();

private:
    Status ask(const index::IndexWriter::NotLocated& instance);
    Status write();
    void end_round();

    index::IndexWriter& writer_;
    Archive& archive_;
    OnNamed on_named_;
    std::size_t waiting_ = 0;
    bool looks_at_all_ = false; ///< what is found then was stored long ago
    std::int64_t row_ = 0;      ///< all before it have been asked for in this round
    std::vector<index::IndexWriter::NotLocated> to_ask_;
    std::vector<index::IndexEvent> located_;
};

} // namespace recog::service
