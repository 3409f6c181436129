#include "models/interchange/nir/in_child.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.hpp"

namespace saltus::detail {

namespace {

using Json = nlohmann::json;

constexpr unsigned k_most_seconds = 300;

bool write_all(int descriptor, const std::string& text) {
    std::size_t written = 0;
    while (written < text.size()) {
        const ssize_t n = ::write(descriptor, text.data() + written, text.size() - written);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        written += n < 0 ? 0 : static_cast<std::size_t>(n);
    }
    return true;
}

std::string read_all(int descriptor) {
    std::string text;
    std::array<char, 65536> piece{};
    for (;;) {
        const ssize_t n = ::read(descriptor, piece.data(), piece.size());
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return text;
        }
        text.append(piece.data(), n < 0 ? 0 : static_cast<std::size_t>(n));
    }
}

// 'r' and the result, 'm' or 'i' and the faults of an error.
std::string answer_of(const std::function<std::string()>& work) {
    try {
        return 'r' + work();
    } catch (const ModelError& error) {
        Json faults = Json::array();
        for (const Fault& fault : error.faults()) {
            faults.push_back({fault.path, fault.found, fault.needed});
        }
        return 'm' + faults.dump(-1, ' ', false, Json::error_handler_t::replace);
    } catch (const InputError& error) {
        const Fault& fault = error.fault();
        return 'i' + Json::array({Json::array({fault.path, fault.found, fault.needed})})
                         .dump(-1, ' ', false, Json::error_handler_t::replace);
    }
}

[[noreturn]] void be_the_child(int descriptor, const std::function<std::string()>& work) {
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0) {
        ::dup2(nowhere, STDOUT_FILENO);
        ::dup2(nowhere, STDERR_FILENO);
    }
    ::alarm(k_most_seconds);  // a damaged file may lead round in a circle
    bool done = false;
    try {
        done = write_all(descriptor, answer_of(work));
    } catch (...) {  // the parent says that there is no answer
    }
    ::_exit(done ? 0 : 1);
}

}  // namespace

std::string in_child(const std::string& path, const std::function<std::string()>& work) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw Error(path + ": no pipe: " + std::strerror(errno));
    }
    const pid_t child = ::fork();
    if (child < 0) {
        ::close(ends[0]);
        ::close(ends[1]);
        throw Error(path + ": no process to read it in: " + std::strerror(errno));
    }
    if (child == 0) {
        ::close(ends[0]);
        be_the_child(ends[1], work);
    }
    ::close(ends[1]);
    const std::string answer = read_all(ends[0]);
    ::close(ends[0]);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || answer.empty()) {
        throw ModelError(path, "a file that HDF5 cannot read", "a whole file");
    }
    const std::string text = answer.substr(1);
    if (answer[0] == 'r') {
        return text;
    }
    std::vector<Fault> faults;
    const Json list = Json::parse(text);
    for (const Json& fault : list) {
        faults.push_back({fault[0], fault[1], fault[2]});
    }
    if (answer[0] == 'm') {
        throw ModelError(std::move(faults));
    }
    throw InputError(faults[0].path, faults[0].found, faults[0].needed);
}

}  // namespace saltus::detail
