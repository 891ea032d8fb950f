#include "register.hpp"

void register_chain(nanobind::module_& m) { (void)m; }
