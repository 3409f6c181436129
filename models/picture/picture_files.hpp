// The files that a picture can become. Internal to models/picture.
#pragma once

#include <string>

#include "models/picture/picture.hpp"

namespace saltus::detail {

std::string svg_of(const Picture& picture);
std::string png_of(const Picture& picture, double dots_per_inch);
std::string pdf_of(const Picture& picture);

}  // namespace saltus::detail
