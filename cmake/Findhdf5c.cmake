# HDF5's C library, the serial one. CMake's own FindHDF5 compiles C, which this project does not enable, and
# links what h5cc links besides (curl, crypto). Defines hdf5c::hdf5c.
find_path(hdf5c_INCLUDE_DIR hdf5.h PATH_SUFFIXES hdf5/serial)
find_library(hdf5c_LIBRARY NAMES hdf5_serial hdf5)
if(hdf5c_INCLUDE_DIR)
    file(STRINGS ${hdf5c_INCLUDE_DIR}/H5public.h hdf5c_VERSION_LINES REGEX "define H5_VERS_(MAJOR|MINOR|RELEASE)[ \t]+[0-9]+")
    string(REGEX REPLACE "H5_VERS|/\\*[^;]*|[^0-9;]" "" hdf5c_VERSION "${hdf5c_VERSION_LINES}")
    string(REPLACE ";" "." hdf5c_VERSION "${hdf5c_VERSION}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(hdf5c REQUIRED_VARS hdf5c_LIBRARY hdf5c_INCLUDE_DIR VERSION_VAR hdf5c_VERSION)
if(hdf5c_FOUND AND NOT TARGET hdf5c::hdf5c)
    add_library(hdf5c::hdf5c UNKNOWN IMPORTED)
    set_target_properties(hdf5c::hdf5c PROPERTIES IMPORTED_LOCATION "${hdf5c_LIBRARY}"
                          INTERFACE_INCLUDE_DIRECTORIES "${hdf5c_INCLUDE_DIR}")
endif()
mark_as_advanced(hdf5c_INCLUDE_DIR hdf5c_LIBRARY)
