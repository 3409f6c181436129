// Work that a library of others may crash in, done by a process of its own. HDF5's C library (1.10,
// Debian 12's) reads beyond its memory where a file's heap of texts is damaged. Internal to
// models/interchange/nir.
#pragma once

#include <functional>
#include <string>

namespace saltus::detail {

// What `work` returns, made by a child of this process. ModelError and InputError pass through; any
// other end of the child throws ModelError(path, "a file that HDF5 cannot read", "a whole file").
// The child prints nothing.
std::string in_child(const std::string& path, const std::function<std::string()>& work);

}  // namespace saltus::detail
