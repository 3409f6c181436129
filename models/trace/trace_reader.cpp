#include "models/trace/trace_reader.hpp"

#include "core/error.hpp"

namespace saltus {

TraceReader::TraceReader(const std::filesystem::path& path)
    : file_(path, TraceFile::Trust::nothing) {
    if (!file_.warnings().empty()) {
        // The line begins with the file's name.
        throw InputError(file_.warnings().front(), "", "");
    }
    if (!file_.header().whole()) {
        throw InputError(file_.path(),
                         "a trace of some populations' spikes",
                         "one of all (saltus run --record all)");
    }
}

bool TraceReader::next(SampleTrace& sample) {
    if (place_ == file_.samples()) {
        return false;
    }
    sample = file_.sample(place_++);
    return true;
}

}  // namespace saltus
