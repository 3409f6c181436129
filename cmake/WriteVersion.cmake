# Run at every build: cmake -DSOURCE_DIR= -DVERSION= -DOUTPUT= -P WriteVersion.cmake
# Writes version and commit as a header, only if they changed, so that a new commit rebuilds one file.
# The commit comes from git if SOURCE_DIR is the top of a work tree (not merely inside of one), else from
# cmake/commit.txt, which `git archive` fills in; else it is "unknown".
set(commit unknown)
find_program(GIT git)
if(GIT AND EXISTS ${SOURCE_DIR}/.git)
    execute_process(COMMAND ${GIT} -c safe.directory=* -C ${SOURCE_DIR} rev-parse HEAD
                    OUTPUT_VARIABLE head OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
    if(NOT failed)
        string(SUBSTRING ${head} 0 12 commit)
        execute_process(COMMAND ${GIT} -c safe.directory=* -C ${SOURCE_DIR} diff --quiet HEAD --
                        ERROR_QUIET RESULT_VARIABLE dirty)
        if(dirty)
            string(APPEND commit "-dirty")
        endif()
    endif()
elseif(EXISTS ${SOURCE_DIR}/cmake/commit.txt)
    file(STRINGS ${SOURCE_DIR}/cmake/commit.txt line LIMIT_COUNT 1)
    if(line MATCHES "^[0-9a-f]+$")
        string(SUBSTRING ${line} 0 12 commit)
    endif()
endif()
set(text "#pragma once\n#define SALTUS_VERSION \"${VERSION}\"\n#define SALTUS_COMMIT \"${commit}\"\n")
set(old "")
if(EXISTS ${OUTPUT})
    file(READ ${OUTPUT} old)
endif()
if(NOT text STREQUAL old)
    file(WRITE ${OUTPUT} "${text}")
endif()
