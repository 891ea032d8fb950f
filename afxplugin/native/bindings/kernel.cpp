#include "register.hpp"

void register_kernel(nanobind::module_& m) { (void)m; }
