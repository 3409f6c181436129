// exp, log and cos in float64 from + - * / alone, so that their bits are the same with every C
// library, compiler and processor (libm's are not). Error below 1 unit in the last place over the
// ranges stated. For the encoders' random numbers and tables; not for kernels.
//
// Method: argument reduction with a constant split into parts (Cody, Waite, 1980), then a Taylor or
// atanh series summed from its smallest term.
#pragma once

namespace saltus {

// e^x for finite x. 0 below -745.2, +inf above 709.8; denormal results are rounded twice.
double portable_exp(double x);

// Natural logarithm of a positive, finite x.
double portable_log(double x);

// Cosine of x radians, |x| <= 100,000.
double portable_cos(double x);

}  // namespace saltus
