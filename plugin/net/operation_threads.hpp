// The threads that run the requests of a listener.
#pragma once

#include "core/base/task_threads.hpp"

namespace recog::net {

using OperationThreads = TaskThreads;

} // namespace recog::net
