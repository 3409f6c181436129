// A study's folder: study.json says what it is, results.jsonl and results.csv get a line for each
// point as it ends, written through to the disk at once. Started again, the study goes on where it
// stopped: a line that a crash cut off is dropped, no point is lost or run twice.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "models/study/study_runner.hpp"

namespace saltus {

// What a folder's points belong to; a folder of another study is refused.
struct StudyIdentity {
    std::string name;
    std::string model_file;  // as the user wrote it
    std::string model_digest;
    std::string data;          // as options: "--data mnist"
    std::string samples;
    std::vector<std::string> scans;
    std::vector<std::string> sets;
    std::vector<std::string> energy;  // names of models
    std::uint64_t first_seed = 0;
    std::uint64_t repeats = 1;
    std::uint64_t random = 0;  // 0: the whole grid
    std::string program;       // version; may differ
    std::string command;       // may differ
};

class StudyLog {
  public:
    // Makes the folder or opens it, holding it alone (a lock that ends with the process). Throws
    // InputError if it cannot be written, is in use, or holds another study (naming what differs),
    // and ModelError for a file that is damaged elsewhere than at its end.
    StudyLog(const std::filesystem::path& folder,
             const StudyIdentity& identity,
             const std::vector<StudyPoint>& points);
    StudyLog(const StudyLog&) = delete;
    StudyLog& operator=(const StudyLog&) = delete;
    ~StudyLog();

    // By number of the point.
    [[nodiscard]] const std::map<std::size_t, PointResult>& results() const { return results_; }

    // Written and synced when it returns. Throws Error if the disk is full or fails: what was there
    // before stays.
    void add(PointResult result);

    // Both files anew, in the order of points, so that equal studies have equal bytes.
    void put_in_order();

  private:
    void read(const std::vector<StudyPoint>& points);

    std::filesystem::path folder_;
    StudyIdentity identity_;
    std::map<std::size_t, PointResult> results_;
    int lock_ = -1;
    int lines_ = -1;  // results.jsonl
    int table_ = -1;  // results.csv
};

// One point as a line of results.jsonl, without its end; and back.
std::string result_line(const PointResult& result, const std::vector<std::string>& energy);

}  // namespace saltus
