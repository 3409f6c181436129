#include "models/interchange/nir/nir_file_writer.hpp"

namespace saltus::detail {

NirFileWriter::NirFileWriter(const std::string& path, std::string shown)
    : shown_(std::move(shown)) {
    file_ = own(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
    text(file_.id(), "version", "1.0.8");
    graph_ = own(H5Gcreate2(file_.id(), "node", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
    text(graph_.id(), "type", "NIRGraph");
    nodes_ = own(H5Gcreate2(graph_.id(), "nodes", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
}

void NirFileWriter::check(herr_t result) const {
    if (result < 0) {
        throw Error(shown_ + ": HDF5 could not write it; is the disk full?");
    }
}

Hdf5Handle NirFileWriter::own(hid_t id, Hdf5Handle::Close close) const {
    check(id < 0 ? -1 : 0);
    return {id, close};
}

Hdf5Handle NirFileWriter::space_of(const std::vector<std::uint64_t>& shape) const {
    const std::vector<hsize_t> extents(shape.begin(), shape.end());
    return own(shape.empty()
                   ? H5Screate(H5S_SCALAR)
                   : H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr),
               H5Sclose);
}

void NirFileWriter::write(hid_t parent,
                          const std::string& name,
                          hid_t type,
                          const Hdf5Handle& space,
                          const void* values) const {
    const Hdf5Handle how = own(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    check(H5Pset_obj_track_times(how.id(), false));  // the same model, the same bytes
    const Hdf5Handle set =
        own(H5Dcreate2(parent, name.c_str(), type, space.id(), H5P_DEFAULT, how.id(), H5P_DEFAULT),
            H5Dclose);
    check(H5Dwrite(set.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
}

void NirFileWriter::text(hid_t parent, const std::string& name, const std::string& value) const {
    const Hdf5Handle type = own(H5Tcopy(H5T_C_S1), H5Tclose);
    check(H5Tset_size(type.id(), H5T_VARIABLE));
    check(H5Tset_cset(type.id(), H5T_CSET_UTF8));
    const char* const bytes = value.c_str();
    write(parent, name, type.id(), space_of({}), &bytes);
}

void NirFileWriter::begin_node(const std::string& name, const std::string& type) {
    node_ =
        own(H5Gcreate2(nodes_.id(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
    text(node_.id(), "type", type);
}

void NirFileWriter::numbers(const std::string& field,
                            const std::vector<std::uint64_t>& shape,
                            const std::vector<double>& values) {
    write(node_.id(), field, H5T_NATIVE_DOUBLE, space_of(shape), values.data());
}

void NirFileWriter::single_precision(const std::string& field,
                                     const std::vector<std::uint64_t>& shape,
                                     const std::vector<float>& values) {
    write(node_.id(), field, H5T_NATIVE_FLOAT, space_of(shape), values.data());
}

void NirFileWriter::integers(const std::string& field, const std::vector<std::int64_t>& values) {
    write(node_.id(), field, H5T_NATIVE_INT64, space_of({values.size()}), values.data());
}

void NirFileWriter::integer(const std::string& field, std::int64_t value) {
    write(node_.id(), field, H5T_NATIVE_INT64, space_of({}), &value);
}

void NirFileWriter::finish() {
    std::vector<const char*> names;
    for (const auto& [from, to] : edges_) {
        names.push_back(from.c_str());
        names.push_back(to.c_str());
    }
    const Hdf5Handle type = own(H5Tcopy(H5T_C_S1), H5Tclose);
    check(H5Tset_size(type.id(), H5T_VARIABLE));
    check(H5Tset_cset(type.id(), H5T_CSET_UTF8));
    write(graph_.id(), "edges", type.id(), space_of({edges_.size(), 2}), names.data());
    check(H5Fflush(file_.id(), H5F_SCOPE_GLOBAL));
}

}  // namespace saltus::detail
