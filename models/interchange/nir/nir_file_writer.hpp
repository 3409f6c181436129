// Nodes and edges into a NIR file, as nir 1.0.8 reads them. Internal to models/interchange/nir.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/interchange/hdf5_handle.hpp"

namespace saltus::detail {

class NirFileWriter {
  public:
    // `path`: the file that is made; `shown`: its name for messages.
    NirFileWriter(const std::string& path, std::string shown);

    void begin_node(const std::string& name, const std::string& type);  // until the next one
    void numbers(const std::string& field,
                 const std::vector<std::uint64_t>& shape,
                 const std::vector<double>& values);
    void single_precision(const std::string& field,
                          const std::vector<std::uint64_t>& shape,
                          const std::vector<float>& values);
    void integers(const std::string& field,
                  const std::vector<std::int64_t>& values);  // one dimension
    void integer(const std::string& field, std::int64_t value);

    void edge(const std::string& from, const std::string& to) { edges_.emplace_back(from, to); }

    void finish();  // edges, and everything to the disk

  private:
    Hdf5Handle own(hid_t id, Hdf5Handle::Close close) const;
    void check(herr_t result) const;
    void write(hid_t parent,
               const std::string& name,
               hid_t type,
               const Hdf5Handle& space,
               const void* values) const;
    [[nodiscard]] Hdf5Handle space_of(const std::vector<std::uint64_t>& shape) const;
    void text(hid_t parent, const std::string& name, const std::string& value) const;

    const Hdf5Silence silence_;
    const std::string shown_;
    Hdf5Handle file_;
    Hdf5Handle graph_;
    Hdf5Handle nodes_;
    Hdf5Handle node_;
    std::vector<std::pair<std::string, std::string>> edges_;
};

}  // namespace saltus::detail
