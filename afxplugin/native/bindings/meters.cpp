#include "register.hpp"

void register_meters(nanobind::module_& m) { (void)m; }
