// C-STORE on the query/retrieve port: handed to the archive, which has it durably before the response.
//
//   status  when
//   0000    stored, or held already
//   A700    the archive is full or cannot store now
//   A900    the data set's SOP Class or SOP Instance UID is not the command's, or it names no study or series
//   C000    the data set cannot be understood, or was refused by a filter of the archive
#pragma once

#include "core/base/logger.hpp"
#include "core/service/store_target.hpp"
#include "plugin/port/exchange.hpp"

namespace recog::port {

using service::StoreTarget;

class StoreHandler final : public Handler {
public:
    StoreHandler(StoreTarget& target, Logger& logger) : target_(target), logger_(logger) {}

    /// The request's data set is the Part 10 file that the connection has made of it.
    void handle(const Request& request, Exchange& exchange) override;

private:
    StoreTarget& target_;
    Logger& logger_;
};

} // namespace recog::port
