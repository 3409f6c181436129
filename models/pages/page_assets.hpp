// Programs and styles of the pages that the library writes: models/pages/dist and models/pages/study,
// embedded when the library is built. models/pages/README.md says how they are made.
#pragma once

#include <string_view>

namespace saltus {

std::string_view explore_script();  // JavaScript, without "</script"
std::string_view explore_style();   // CSS, without "</style"
std::string_view study_script();
std::string_view study_style();

}  // namespace saltus
