# libzstd under one name: what its own CMake files call the library differs from release to release. Defines
# zstd::zstd.
find_path(zstd_INCLUDE_DIR zstd.h)
find_library(zstd_LIBRARY zstd)
if(zstd_INCLUDE_DIR)
    file(STRINGS ${zstd_INCLUDE_DIR}/zstd.h zstd_VERSION_LINES REGEX "define ZSTD_VERSION_(MAJOR|MINOR|RELEASE) +[0-9]+")
    string(REGEX REPLACE "[^0-9;]" "" zstd_VERSION "${zstd_VERSION_LINES}")
    string(REPLACE ";" "." zstd_VERSION "${zstd_VERSION}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(zstd REQUIRED_VARS zstd_LIBRARY zstd_INCLUDE_DIR VERSION_VAR zstd_VERSION)
if(zstd_FOUND AND NOT TARGET zstd::zstd)
    add_library(zstd::zstd UNKNOWN IMPORTED)
    set_target_properties(zstd::zstd PROPERTIES IMPORTED_LOCATION "${zstd_LIBRARY}"
                          INTERFACE_INCLUDE_DIRECTORIES "${zstd_INCLUDE_DIR}")
endif()
mark_as_advanced(zstd_INCLUDE_DIR zstd_LIBRARY)
