// A file of HDF5 at work, for the exporters. Internal to models/interchange.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/interchange/hdf5_handle.hpp"

namespace saltus::detail {

// Every call that fails is the disk's fault or HDF5's: all throw Error.
class Hdf5Writer {
  public:
    // `shown`: the name for messages.
    Hdf5Writer(const std::string& path, std::string shown) : shown_(std::move(shown)) {
        file_ = own(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
    }

    // Lists its groups in the order in which they were made.
    [[nodiscard]] Hdf5Handle group(const Hdf5Handle& parent, const std::string& name) const {
        const Hdf5Handle links = own(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
        check(H5Pset_char_encoding(links.id(), H5T_CSET_UTF8));
        const Hdf5Handle order = own(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
        check(
            H5Pset_link_creation_order(order.id(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
        return own(H5Gcreate2(parent.id(), name.c_str(), links.id(), order.id(), H5P_DEFAULT),
                   H5Gclose);
    }

    [[nodiscard]] const Hdf5Handle& root() const { return file_; }

    // `count` 0: one value, no array.
    void attribute(const Hdf5Handle& of,
                   const char* name,
                   hid_t stored,
                   hid_t given,
                   const void* values,
                   hsize_t count = 0) const {
        const Hdf5Handle space = own(
            count == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &count, nullptr), H5Sclose);
        const Hdf5Handle made =
            own(H5Acreate2(of.id(), name, stored, space.id(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
        check(H5Awrite(made.id(), given, values));
    }

    void text(const Hdf5Handle& of, const char* name, const std::string& value) const {
        const Hdf5Handle type = own(H5Tcopy(H5T_C_S1), H5Tclose);
        check(H5Tset_size(type.id(), H5T_VARIABLE));
        check(H5Tset_cset(type.id(), H5T_CSET_UTF8));
        const char* const bytes = value.c_str();
        attribute(of, name, type.id(), type.id(), &bytes);
    }

    // A data set without values yet, compressed in pieces of `chunk`, `fill` (of type `type`) where
    // nothing is ever written; each dimension may grow. The same values give the same file.
    [[nodiscard]] Hdf5Handle dataset(const Hdf5Handle& parent,
                                     const char* name,
                                     hid_t type,
                                     const std::vector<hsize_t>& size,
                                     const std::vector<hsize_t>& chunk,
                                     hid_t fill_type = -1,
                                     const void* fill = nullptr) const {
        const auto dims = static_cast<int>(size.size());
        const std::vector<hsize_t> most(size.size(), H5S_UNLIMITED);
        const Hdf5Handle space = own(H5Screate_simple(dims, size.data(), most.data()), H5Sclose);
        const Hdf5Handle how = own(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
        check(H5Pset_chunk(how.id(), dims, chunk.data()));
        check(H5Pset_shuffle(how.id()));
        check(H5Pset_deflate(how.id(), 4));
        check(H5Pset_obj_track_times(how.id(), false));
        if (fill != nullptr) {
            check(H5Pset_fill_value(how.id(), fill_type, fill));
        }
        return own(
            H5Dcreate2(parent.id(), name, type, space.id(), H5P_DEFAULT, how.id(), H5P_DEFAULT),
            H5Dclose);
    }

    void resize(const Hdf5Handle& dataset, hsize_t size) const {
        check(H5Dset_extent(dataset.id(), &size));
    }

    // `values`, row-major, into the block of `count` that starts at `at`.
    void write(const Hdf5Handle& dataset,
               hid_t type,
               const void* values,
               const std::vector<hsize_t>& at,
               const std::vector<hsize_t>& count) const {
        const Hdf5Handle there = own(H5Dget_space(dataset.id()), H5Sclose);
        check(H5Sselect_hyperslab(
            there.id(), H5S_SELECT_SET, at.data(), nullptr, count.data(), nullptr));
        const Hdf5Handle here =
            own(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose);
        check(H5Dwrite(dataset.id(), type, here.id(), there.id(), H5P_DEFAULT, values));
    }

    // Names a type's values: {"FALSE", "TRUE"} are 0 and 1 of `base`.
    [[nodiscard]] Hdf5Handle names(hid_t base, const std::vector<const char*>& values) const {
        Hdf5Handle type = own(H5Tenum_create(base), H5Tclose);
        std::uint8_t number = 0;
        for (const char* value : values) {
            check(H5Tenum_insert(type.id(), value, &number));
            ++number;
        }
        return type;
    }

    void flush() const { check(H5Fflush(file_.id(), H5F_SCOPE_GLOBAL)); }

  private:
    void check(herr_t result) const {
        if (result < 0) {
            throw Error(shown_ + ": HDF5 could not write it; is the disk full?");
        }
    }

    [[nodiscard]] Hdf5Handle own(hid_t id, Hdf5Handle::Close close) const {
        check(id < 0 ? -1 : 0);
        return {id, close};
    }

    std::string shown_;
    Hdf5Handle file_;
};

// As a link's name: unlike names stay unlike.
inline std::string link_name(const std::string& name) {
    if (name == ".") {
        return "%2E";
    }
    std::string out;
    for (const char c : name) {
        out += c == '/' ? "%2F" : c == '%' ? "%25" : std::string(1, c);
    }
    return out;
}

}  // namespace saltus::detail
