# One folder, one library target saltus::<name>: its compile options, alias and install rule.

# -ffp-contract=off: one rounding an operation (shared contract on arithmetic); never drop it.
add_library(saltus_options INTERFACE)
target_compile_options(saltus_options INTERFACE
    -ffp-contract=off -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion
    # g++ 12 sees overlapping copies in std::string's own operator+ (GCC bug 105651).
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
    $<$<BOOL:${SALTUS_WARNINGS_AS_ERRORS}>:-Werror>
    $<$<BOOL:${SALTUS_LIBFUZZER}>:-fsanitize=fuzzer-no-link>)

# saltus_library(name [COMPONENT component] SOURCES ... PUBLIC_HEADERS ... PUBLIC libraries... PRIVATE libraries...)
# COMPONENT: of the installed package, core, encoders or models (if nothing is said).
# PUBLIC_HEADERS are the ones that are installed, below include/saltus by their path from the root.
function(saltus_library name)
    cmake_parse_arguments(ARG "" "COMPONENT" "SOURCES;PUBLIC_HEADERS;PUBLIC;PRIVATE" ${ARGN})
    set(target saltus_${name})
    add_library(${target} STATIC ${ARG_SOURCES})
    add_library(saltus::${name} ALIAS ${target})
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
    target_compile_features(${target} PUBLIC cxx_std_20)
    target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                                $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/saltus>)
    target_link_libraries(${target} PUBLIC ${ARG_PUBLIC} PRIVATE $<BUILD_INTERFACE:saltus_options> ${ARG_PRIVATE})
    set(headers)
    if(ARG_PUBLIC_HEADERS)
        target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${ARG_PUBLIC_HEADERS})
        set(headers FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/saltus)
    endif()
    if(NOT ARG_COMPONENT)
        set(ARG_COMPONENT models)
    endif()
    install(TARGETS ${target} EXPORT saltus-${ARG_COMPONENT}-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} ${headers})
endfunction()

# saltus_precompile(target headers...): what takes most of the time to compile, once for all files of the target. Behind precompiled
# headers g++ 12 forgets that the standard library is not ours, and sees overflows in std::string.
function(saltus_precompile target)
    target_precompile_headers(${target} PRIVATE ${ARGN})
    target_compile_options(${target} PRIVATE
        "$<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-stringop-overflow;-Wno-array-bounds>")
endfunction()
