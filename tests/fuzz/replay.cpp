// Runs a fuzz target over a corpus, and over seeded mutations of it:
//   replay CORPUS_FOLDER MUTATIONS [FILE_FOR_THE_LAST_INPUT]
// Deterministic: the same corpus gives the same inputs. Before each run the input is written to the
// third argument, if there is one, so that what crashed can be kept.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz_one.hpp"

namespace {

using Bytes = std::string;

std::vector<Bytes> read_corpus(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    std::vector<Bytes> corpus;
    for (const auto& path : paths) {
        std::ifstream file(path, std::ios::binary);
        corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return corpus;
}

// Up to four small changes. Only the generator's own numbers are used: the standard's distributions
// differ from library to library.
class Mutator {
  public:
    explicit Mutator(const std::vector<Bytes>& corpus) : corpus_(corpus) {}

    Bytes next() {
        Bytes bytes = corpus_[below(corpus_.size())];
        for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
            change(bytes);
        }
        return bytes;
    }

  private:
    std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

    void change(Bytes& bytes) {
        const std::size_t at = below(bytes.size());
        const std::size_t length = std::min(bytes.size() - at, 1 + below(16));
        switch (below(8)) {
            case 0:
                flip(bytes, at);
                break;
            case 1:
                overwrite(bytes, at, std::string(length, extreme()));
                break;
            case 2:
                bytes.erase(at, length);
                break;
            case 3:
                bytes.insert(at, std::string(length, static_cast<char>(below(256))));
                break;
            case 4:
                bytes.insert(below(bytes.size() + 1), bytes.substr(at, length));
                break;
            case 5:
                bytes.resize(at);
                break;
            case 6:
                splice(bytes, at);
                break;
            default:
                digit(bytes, at);
        }
    }

    void flip(Bytes& bytes, std::size_t at) {
        if (!bytes.empty()) {
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        }
    }

    static void overwrite(Bytes& bytes, std::size_t at, const Bytes& with) {
        bytes.replace(at, std::min(with.size(), bytes.size() - at), with);
    }

    char extreme() {
        constexpr char k_values[] = {0, 1, 127, static_cast<char>(128), static_cast<char>(255)};
        return k_values[below(5)];
    }

    // A piece of another input, in place of or before what is here.
    void splice(Bytes& bytes, std::size_t at) {
        const Bytes& other = corpus_[below(corpus_.size())];
        const std::size_t from = below(other.size());
        const Bytes piece = other.substr(from, 1 + below(64));
        if (below(2) == 0) {
            overwrite(bytes, at, piece);
        } else {
            bytes.insert(at, piece);
        }
    }

    // Text: a number becomes another one.
    void digit(Bytes& bytes, std::size_t at) {
        const std::size_t place = bytes.find_first_of("0123456789", at);
        constexpr const char* k_numbers[] = {
            "0", "-1", "1e38", "nan", "inf", "4294967295", "9223372036854775807", "1e-45", "3"};
        if (place != Bytes::npos) {
            bytes.replace(place, 1, k_numbers[below(9)]);
        }
    }

    const std::vector<Bytes>& corpus_;
    std::mt19937_64 random_{20240607};
};

bool run(const Bytes& bytes, const std::string& name, const char* keep) {
    if (keep != nullptr) {
        std::ofstream(keep, std::ios::binary) << bytes;
    }
    try {
        saltus::fuzz::fuzz_one(std::as_bytes(std::span(bytes)));
        return true;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", name.c_str(), error.what());
        return false;
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: %s CORPUS_FOLDER MUTATIONS [FILE]\n", argv[0]);
        return 2;
    }
    const char* const keep = argc > 3 ? argv[3] : nullptr;
    const std::vector<Bytes> corpus = read_corpus(argv[1]);
    if (corpus.empty()) {
        std::fprintf(stderr, "%s: no inputs\n", argv[1]);
        return 1;
    }
    bool good = true;
    for (std::size_t k = 0; k < corpus.size(); ++k) {
        good = run(corpus[k], "input " + std::to_string(k), keep) && good;
    }
    Mutator mutator(corpus);
    const long mutations = std::atol(argv[2]);
    for (long k = 0; k < mutations; ++k) {
        good = run(mutator.next(), "mutation " + std::to_string(k), keep) && good;
    }
    std::printf("%zu inputs, %ld mutations: %s\n", corpus.size(), mutations, good ? "good" : "bad");
    return good ? 0 : 1;
}
