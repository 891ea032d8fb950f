#include "register.hpp"

void register_rates(nanobind::module_& m) { (void)m; }
