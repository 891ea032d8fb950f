#pragma once
#include <nanobind/nanobind.h>

void register_isa(nanobind::module_& m);
void register_kernel(nanobind::module_& m);
void register_rates(nanobind::module_& m);
void register_chain(nanobind::module_& m);
void register_meters(nanobind::module_& m);
void register_ring(nanobind::module_& m);
void register_device(nanobind::module_& m);
