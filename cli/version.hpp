// Which program this is: for --version and for the provenance that files carry.
#pragma once

#include <string>

namespace saltus::cli {

// "0.1.0"
std::string version_number();

// "saltus 0.1.0, commit 70fff92c1a2b, g++ 12.2.0"; the commit ends in "-dirty" if tracked files
// were changed, and is "unknown" in a copy of the sources that git knows nothing of.
std::string version_line();

}  // namespace saltus::cli
