// What HDF5's own tool reads in a file.
#pragma once

#include <array>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace saltus::tests {

inline std::string h5dump(const std::string& arguments, const std::filesystem::path& file) {
    const std::string line = "h5dump " + arguments + " '" + file.string() + "'";
    FILE* pipe = popen(line.c_str(), "r");
    std::string text;
    std::array<char, 4096> piece;
    for (std::size_t n = 0; (n = fread(piece.data(), 1, piece.size(), pipe)) > 0;) {
        text.append(piece.data(), n);
    }
    if (pclose(pipe) != 0) {
        throw std::runtime_error(line + " failed: is hdf5-tools installed?");
    }
    return text;
}

// The values of a data set as they are printed, row-major.
inline std::vector<std::string> h5_words(const std::filesystem::path& file,
                                         const std::string& dataset) {
    const std::string text = h5dump("-y -A 0 -m %.17g -d '" + dataset + "'", file);
    std::string data = text.substr(text.find("DATA {") + 6);
    data.resize(data.find('}'));
    for (char& c : data) {
        c = c == ',' ? ' ' : c;
    }
    std::istringstream words(data);
    std::vector<std::string> values;
    for (std::string word; words >> word;) {
        values.push_back(word);
    }
    return values;
}

// The numbers of a data set.
inline std::vector<double> h5_numbers(const std::filesystem::path& file, const std::string& dataset) {
    std::vector<double> numbers;
    for (const std::string& word : h5_words(file, dataset)) {
        numbers.push_back(std::stod(word));
    }
    return numbers;
}

// The value of an attribute, as h5dump prints it.
inline std::string h5_attribute(const std::filesystem::path& file, const std::string& attribute) {
    const std::string text = h5dump("-y -m %.17g -a '" + attribute + "'", file);
    std::string data = text.substr(text.find("DATA {") + 6);
    data.resize(data.find('}'));
    std::istringstream words(data);
    std::string value;
    for (std::string word; words >> word;) {
        value += (value.empty() ? "" : " ") + word;
    }
    return value;
}

}  // namespace saltus::tests
