#include "models/files/npy_header.hpp"

#include <cstring>
#include <string_view>

#include "core/error.hpp"

namespace saltus {

namespace {

constexpr std::size_t k_max_rank = 32;  // NumPy's own limit

// Reads the dictionary's few forms: quoted strings, True, False, tuples of integers.
class HeaderReader {
  public:
    HeaderReader(const std::string& path, std::string_view text) : path_(path), text_(text) {}

    void read(NpyHeader& header) {
        expect('{');
        bool descr = false;
        bool order = false;
        bool shape = false;
        while (!accept('}')) {
            const std::string key = quoted();
            expect(':');
            if (key == "descr" && !descr) {
                header.descr = quoted();
                descr = true;
            } else if (key == "fortran_order" && !order) {
                header.fortran_order = truth();
                order = true;
            } else if (key == "shape" && !shape) {
                header.shape = tuple();
                shape = true;
            } else {
                refuse("the key '" + key + "'");
            }
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        skip();
        if (at_ != text_.size()) {
            refuse("text after the dictionary");
        }
        if (!descr || !order || !shape) {
            refuse("a dictionary with keys missing");
        }
    }

  private:
    [[noreturn]] void refuse(const std::string& found) const {
        throw InputError(path_ + ": header",
                         found,
                         "{'descr': ..., 'fortran_order': ..., 'shape': (...)} of plain numbers");
    }

    void skip() {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) {
            ++at_;
        }
    }

    bool accept(char c) {
        skip();
        if (at_ >= text_.size() || text_[at_] != c) {
            return false;
        }
        ++at_;
        return true;
    }

    void expect(char c) {
        if (!accept(c)) {
            refuse(at_ < text_.size() ? "'" + std::string(1, text_[at_]) + "' where '" +
                                            std::string(1, c) + "' belongs"
                                      : "an end before '" + std::string(1, c) + "'");
        }
    }

    std::string quoted() {
        skip();
        if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) {
            refuse("no quoted text (structured types are not read)");
        }
        const char quote = text_[at_++];
        const std::size_t end = text_.find(quote, at_);
        if (end == std::string_view::npos) {
            refuse("an open quote");
        }
        std::string value(text_.substr(at_, end - at_));
        at_ = end + 1;
        return value;
    }

    bool truth() {
        skip();
        for (const std::string_view word : {std::string_view("True"), std::string_view("False")}) {
            if (text_.substr(at_, word.size()) == word) {
                at_ += word.size();
                return word == "True";
            }
        }
        refuse("neither True nor False");
    }

    std::vector<std::uint64_t> tuple() {
        std::vector<std::uint64_t> dims;
        expect('(');
        while (!accept(')')) {
            if (dims.size() == k_max_rank) {
                refuse("more than 32 dimensions");
            }
            dims.push_back(number());
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
        return dims;
    }

    std::uint64_t number() {
        skip();
        std::uint64_t value = 0;
        const std::size_t start = at_;
        for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
            const auto digit = static_cast<std::uint64_t>(text_[at_] - '0');
            if (value > (std::uint64_t{1} << 58)) {
                refuse("a dimension beyond 2^58");
            }
            value = value * 10 + digit;
        }
        if (at_ == start) {
            refuse("a dimension that is no number");
        }
        return value;
    }

    const std::string& path_;
    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

NpyHeader parse_npy_header(const std::string& path, std::span<const std::byte> file) {
    constexpr std::size_t k_magic = 6;
    if (file.size() < 10 || std::memcmp(file.data(), "\x93NUMPY", k_magic) != 0) {
        throw InputError(
            path, std::to_string(file.size()) + " bytes without NumPy's magic", "a .npy file");
    }
    const auto major = std::to_integer<unsigned>(file[6]);
    if (major < 1 || major > 3) {
        throw InputError(path + ": format version", std::to_string(major), "1, 2 or 3");
    }
    const std::size_t length_bytes = major == 1 ? 2 : 4;
    std::size_t start = k_magic + 2 + length_bytes;
    if (file.size() < start) {
        throw InputError(path, "a truncated header", "a whole .npy file");
    }
    std::size_t length = 0;
    for (std::size_t k = length_bytes; k-- > 0;) {
        length = length << 8 | std::to_integer<std::size_t>(file[k_magic + 2 + k]);
    }
    if (length > file.size() - start) {
        throw InputError(path,
                         "a header of " + std::to_string(length) + " bytes in a file of " +
                             std::to_string(file.size()),
                         "a whole .npy file");
    }
    NpyHeader header;
    header.data_offset = start + length;
    HeaderReader(path, {reinterpret_cast<const char*>(file.data()) + start, length}).read(header);
    return header;
}

}  // namespace saltus
