#include "core/service/file_naming.hpp"

#include <iterator>

namespace recog::service {

void FileNaming::learn(std::vector<index::IndexEvent> located) {
    located_.insert(located_.end(), std::make_move_iterator(located.begin()),
                    std::make_move_iterator(located.end()));
}

Status FileNaming::step() {
    if (to_ask_.empty() && !located_.empty()) {
        return write();
    }
    if (to_ask_.empty()) {
        auto found = writer_.not_located(row_, kTogether);
        if (!found || found->empty()) {
            end_round();
            return found ? Status() : Status(found.failure());
        }
        row_ = found->back().row;
        to_ask_ = *std::move(found);
    }
    const index::IndexWriter::NotLocated instance = std::move(to_ask_.back());
    to_ask_.pop_back();
    if (!ask(instance)) {
        // The archive keeps its files elsewhere, is stopping or does not answer: retrievals will ask.
        to_ask_.clear();
        const Status written = write();
        end_round();
        return written;
    }
    return {};
}

Status FileNaming::ask(const index::IndexWriter::NotLocated& instance) {
    const auto uuid = archive_.locate(instance.orthanc_id);
    if (uuid) {
        located_.emplace_back(index::LocatedFile{instance.orthanc_id, *uuid});
        if (on_named_ && uuid->known() && !looks_at_all_) {
            on_named_({instance.orthanc_id, instance.institution, *uuid});
        }
        return {};
    }
    // Deleted meanwhile, which will be told.
    return uuid.failure().kind == ErrorKind::NotFound ? Status() : Status(uuid.failure());
}

Status FileNaming::write() {
    const std::vector<index::IndexEvent> located = std::exchange(located_, {});
    const auto written = writer_.apply(located);
    if (!written) {
        end_round();
        return written.failure();
    }
    return {};
}

void FileNaming::end_round() {
    waiting_ = 0;
    row_ = 0;
    looks_at_all_ = false;
}

} // namespace recog::service
