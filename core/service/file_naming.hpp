// Asks the archive where it keeps the files that the index has no place of yet, in the pauses of whoever
// writes the index, so that a retrieval need not ask for each file. Of the writing thread alone.
#pragma once

#include "core/index/index_writer.hpp"
#include "core/service/archive.hpp"

namespace recog::service {

class FileNaming {
public:
    /// So many are asked for and written together; fewer wait for a pause.
    static constexpr std::size_t kTogether = 32;

    FileNaming(index::IndexWriter& writer, Archive& archive) : writer_(writer), archive_(archive) {}

    /// Look at all of the index: something in it may have no place.
    void look_at_all() { waiting_ = kTogether; }
    /// So many instances have been written without one.
    void expect(std::size_t instances) { waiting_ += instances; }
    /// To be written with the next ones.
    void learn(std::vector<index::IndexEvent> located);

    bool has_work() const { return waiting_ > 0 || !located_.empty(); }
    bool is_due() const { return waiting_ >= kTogether || !to_ask_.empty() || located_.size() >= kTogether; }
    /// One question or one small transaction. Errors: Storage; nothing is lost by one.
    Status step();

private:
    Status ask(const std::string& orthanc_id);
    Status write();
    void end_round();

    index::IndexWriter& writer_;
    Archive& archive_;
    std::size_t waiting_ = 0;
    std::int64_t row_ = 0; ///< all before it have been asked for in this round
    std::vector<index::IndexWriter::NotLocated> to_ask_;
    std::vector<index::IndexEvent> located_;
};

} // namespace recog::service
