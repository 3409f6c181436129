#include "models/files/atomic_file.hpp"

#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "fault_text.hpp"
#include "tests/models/data/scratch_folder.hpp"

using saltus::AtomicFile;
using namespace saltus::tests;

TEST_CASE("atomic file: nothing has the final name before commit, and nothing is left without it") {
    const ScratchFolder folder;
    {
        AtomicFile file(folder / "out.txt");
        file.write("half");
        CHECK(!std::filesystem::exists(folder / "out.txt"));
    }
    CHECK(files_in(folder.path()) == 0);
}

TEST_CASE("atomic file: an older file stays until the new one is whole") {
    const ScratchFolder folder;
    write_bytes(folder / "out.txt", "old");
    {
        AtomicFile file(folder / "out.txt");
        file.write("new");
    }
    CHECK(read_bytes(folder / "out.txt") == "old");
    AtomicFile file(folder / "out.txt");
    file.write("new");
    file.commit();
    CHECK(read_bytes(folder / "out.txt") == "new");
    CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("atomic file: pieces of any size come out in order, padded where asked") {
    const ScratchFolder folder;
    std::string expected;
    AtomicFile file(folder / "out.bin");
    for (std::size_t size : {1UL, 1000UL, 300000UL, 5UL, 262144UL, 262143UL, 2UL}) {
        const std::string piece(size, static_cast<char>('a' + expected.size() % 26));
        file.write(piece);
        expected += piece;
    }
    file.pad_to(64);
    expected.resize((expected.size() + 63) / 64 * 64);
    CHECK(file.position() == expected.size());
    file.pad_to(64);
    file.commit();
    CHECK(read_bytes(folder / "out.bin") == expected);
}

TEST_CASE("atomic file: the file gets the permissions that the umask gives") {
    const ScratchFolder folder;
    const mode_t mask = umask(022);
    AtomicFile file(folder / "out.txt");
    file.commit();
    umask(mask);

    struct stat status {};

    REQUIRE(stat((folder / "out.txt").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0644);
}

TEST_CASE("atomic file: a link stays a link") {
    const ScratchFolder folder;
    write_bytes(folder / "real.txt", "old");
    std::filesystem::create_symlink(folder / "real.txt", folder / "link.txt");
    AtomicFile file(folder / "link.txt");
    file.write("new");
    file.commit();
    CHECK(std::filesystem::is_symlink(folder / "link.txt"));
    CHECK(read_bytes(folder / "real.txt") == "new");
}

TEST_CASE("atomic file: a link to nothing stays a link, and what it names is made") {
    const ScratchFolder folder;
    std::filesystem::create_directory(folder / "there");
    std::filesystem::create_symlink("there/real.txt", folder / "link.txt");
    std::filesystem::create_symlink("link.txt", folder / "second.txt");
    AtomicFile file(folder / "second.txt");
    file.write("new");
    file.commit();
    CHECK(std::filesystem::is_symlink(folder / "link.txt"));
    CHECK(std::filesystem::is_symlink(folder / "second.txt"));
    CHECK(read_bytes(folder / "there/real.txt") == "new");
    CHECK(files_in(folder / "there") == 1);
    std::filesystem::create_symlink("b", folder / "a");
    std::filesystem::create_symlink("a", folder / "b");
    CHECK(!fault_text([&] { const AtomicFile loop(folder / "a"); }).empty());
    CHECK(std::filesystem::is_symlink(folder / "a"));
}

TEST_CASE("atomic file: a descriptor of this program is written where it stands") {
    const ScratchFolder folder;
    const int descriptor = open((folder / "log").c_str(), O_RDWR | O_CREAT, 0666);
    REQUIRE(descriptor >= 0);
    REQUIRE(::write(descriptor, "one ", 4) == 4);
    std::filesystem::create_symlink("/dev/fd/" + std::to_string(descriptor), folder / "link");
    for (const std::string& name : {"/dev/fd/" + std::to_string(descriptor),
                                    "/proc/self/fd/" + std::to_string(descriptor),
                                    (folder / "link").string()}) {
        AtomicFile file(name);
        file.write("two ");
        file.commit();
    }
    REQUIRE(::write(descriptor, "three", 5) == 5);
    CHECK(read_bytes(folder / "log") == "one two two two three");
    const std::string name = "/dev/fd/" + std::to_string(descriptor);
    close(descriptor);
    CHECK(contains(fault_text([&] { const AtomicFile file(name); }), "Bad file descriptor"));
    const int to_read = open((folder / "log").c_str(), O_RDONLY);
    REQUIRE(to_read >= 0);
    CHECK(contains(fault_text([&] { const AtomicFile file("/dev/fd/" + std::to_string(to_read)); }),
                   "got a descriptor to read from, need one that can be written"));
    close(to_read);
    CHECK(read_bytes(folder / "log") == "one two two two three");
    CHECK(files_in(folder.path()) == 2);
}

TEST_CASE("atomic file: a name as long as a file may have is written") {
    const ScratchFolder folder;
    const std::string name(255, 'n');
    AtomicFile file(folder / name);
    file.write("new");
    file.commit();
    CHECK(read_bytes(folder / name) == "new");
}

TEST_CASE("atomic file: closed, it is not there; committed, it is") {
    const ScratchFolder folder;
    {
        AtomicFile file(folder / "out.txt");
        file.write("new");
        file.close();
        CHECK(!std::filesystem::exists(folder / "out.txt"));
    }
    CHECK(files_in(folder.path()) == 0);
    AtomicFile file(folder / "out.txt");
    file.write("new");
    file.close();
    file.commit();
    CHECK(read_bytes(folder / "out.txt") == "new");
}

TEST_CASE("atomic file: what is no regular file is written straight") {
    AtomicFile file("/dev/null");
    file.write("gone");
    file.commit();
    CHECK(std::filesystem::is_character_file("/dev/null"));
}

TEST_CASE("atomic file: a missing folder or a folder's name is refused by name") {
    const ScratchFolder folder;
    const auto open = [&](const std::string& name) {
        return fault_text([&] { const AtomicFile file(folder / name); });
    };
    CHECK(contains(open("none/out.txt"), "none/out.txt: got \"No such file or directory\""));
    CHECK(contains(open(""), "got a folder, need the name of a file"));
    CHECK(files_in(folder.path()) == 0);
}

TEST_CASE("atomic file: moved, it is committed once") {
    const ScratchFolder folder;
    AtomicFile first(folder / "out.txt");
    first.write("one");
    AtomicFile second(std::move(first));
    second.write(" two");
    second.commit();
    CHECK(read_bytes(folder / "out.txt") == "one two");
    CHECK(files_in(folder.path()) == 1);
}
